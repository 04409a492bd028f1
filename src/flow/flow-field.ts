/**
 * Dense optical flow, planar `[1, 2, height, width]`, px, x then y: the content at `p` in the first picture is at
 * `p + flow(p)` in the second.
 */
export interface FlowField {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** A flow whose vector at each pixel `(x, y)` is `at(x, y)`, px. */
export function makeFlow(
  height: number,
  width: number,
  at: (x: number, y: number) => readonly [number, number],
): FlowField {
  const area = height * width;
  const data = new Float32Array(2 * area);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = at(x, y);
      data[i] = u;
      data[i + area] = v;
    }
  }
  return { data, height, width };
}

/** Mean endpoint error between two flows of the same size, px. Source: Baker et al. 2011. */
export function endpointError(flow: FlowField, truth: FlowField): number {
  const area = flow.height * flow.width;
  let sum = 0;
  for (let i = 0; i < area; i++) {
    sum += Math.hypot(flow.data[i]! - truth.data[i]!, flow.data[i + area]! - truth.data[i + area]!);
  }
  return sum / area;
}
