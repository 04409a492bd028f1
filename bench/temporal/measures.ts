import type { FlowField } from "../../src/flow/flow-field.ts";
import type { Frame } from "../../src/frame.ts";

/**
 * Mean squared difference, over pixels that are not occluded, of `now` and `before` carried along the flow.
 * Source: Lai et al. 2018, "Learning blind video temporal consistency"; occlusion by Ruder et al. 2016.
 */
export function warpingError(
  before: Frame,
  now: Frame,
  { forward, backward }: { forward: FlowField; backward: FlowField },
): number {
  const { width, height } = now;
  const area = width * height;
  let [sum, seen] = [0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = [backward.data[i]!, backward.data[i + area]!];
      const [sx, sy] = [x + u, y + v];
      if (sx < 0 || sy < 0 || sx > width - 1 || sy > height - 1) continue;
      const [fu, fv] = [0, area].map((plane) =>
        sample(forward.data, plane, sx, sy, width, height),
      ) as [number, number];
      const allowed = 0.01 * (fu * fu + fv * fv + u * u + v * v) + 0.5;
      if ((fu + u) ** 2 + (fv + v) ** 2 >= allowed) continue;
      seen++;
      for (let c = 0; c < 3; c++)
        sum +=
          (now.data[c * area + i]! - sample(before.data, c * area, sx, sy, width, height)) ** 2 / 3;
    }
  }
  return sum / Math.max(1, seen);
}

function sample(
  data: Float32Array,
  plane: number,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  const [x0, y0] = [Math.min(width - 2, Math.floor(x)), Math.min(height - 2, Math.floor(y))];
  const [fx, fy] = [x - x0, y - y0];
  const i = plane + y0 * width + x0;
  return (
    (data[i]! * (1 - fx) + data[i + 1]! * fx) * (1 - fy) +
    (data[i + width]! * (1 - fx) + data[i + width + 1]! * fx) * fy
  );
}

/** Mean, spread and sharpness (mean step between neighbours) of a frame's light. */
export function lightStatistics({ data, width, height }: Frame): readonly [number, number, number] {
  const area = width * height;
  const light = (i: number): number =>
    0.299 * data[i]! + 0.587 * data[i + area]! + 0.114 * data[i + 2 * area]!;
  let [sum, squares, step] = [0, 0, 0];
  for (let i = 0; i < area; i++) {
    const v = light(i);
    sum += v;
    squares += v * v;
    if ((i + 1) % width) step += Math.abs(v - light(i + 1));
  }
  const mean = sum / area;
  return [mean, Math.sqrt(Math.max(0, squares / area - mean * mean)), step / area];
}
