import type { FlowField } from "../../src/flow/flow-field.ts";
import type { Frame } from "../../src/frame.ts";

/**
 * Warping error: the mean squared difference of `now` and `before` warped along the flow, over pixels that are not occluded.
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

/** Mean, standard deviation and sharpness (mean difference of neighbours) of a frame's brightness. */
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

/** Energy of the detail of a frame's brightness that a 3×3 binomial blur removes. */
export function highFrequencyEnergy({ data, width, height }: Frame): number {
  const area = width * height;
  const light = Float32Array.from(
    { length: area },
    (_, i) => 0.299 * data[i]! + 0.587 * data[i + area]! + 0.114 * data[i + 2 * area]!,
  );
  const weights = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((w) => w / 16);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const blurred = weights.reduce(
        (total, w, k) => total + w * light[i + (Math.floor(k / 3) - 1) * width + (k % 3) - 1]!,
        0,
      );
      sum += (light[i]! - blurred) ** 2;
    }
  }
  return sum / ((width - 2) * (height - 2));
}

/** Mean difference of neighbours in the outermost `margin` px, divided by that of the rest; at 1 no border is visible. */
export function borderSharpness(frame: Frame, margin: number): number {
  const { width, height } = frame;
  let [border, borderSeen, inside, insideSeen] = [0, 0, 0, 0];
  forEachStep(frame, (step, x, y) => {
    if (Math.min(x, y, width - 1 - x, height - 1 - y) < margin) {
      border += step;
      borderSeen++;
    } else {
      inside += step;
      insideSeen++;
    }
  });
  return border / borderSeen / (inside / insideSeen);
}

/** Variation of the mean difference of neighbours with the column modulo 4, 8, 16 and 32: the largest standard deviation over mean. */
export function gridStrength(frame: Frame): number {
  return Math.max(
    ...[4, 8, 16, 32].map((period) => {
      const sums = new Array<number>(period).fill(0);
      const seen = new Array<number>(period).fill(0);
      forEachStep(frame, (step, x) => {
        sums[x % period]! += step;
        seen[x % period]!++;
      });
      const means = sums.map((sum, i) => sum / seen[i]!);
      const mean = means.reduce((a, b) => a + b) / period;
      return Math.sqrt(means.reduce((a, b) => a + (b - mean) ** 2, 0) / period) / mean;
    }),
  );
}

function forEachStep(
  { data, width, height }: Frame,
  visit: (step: number, x: number, y: number) => void,
): void {
  const area = width * height;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width - 1; x++) {
      const i = y * width + x;
      const step = Math.abs(data[i + area]! - data[i + area + 1]!);
      visit(step, x, y);
    }
  }
}
