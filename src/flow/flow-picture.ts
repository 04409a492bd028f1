import { createFrame, type Frame } from "../frame.ts";
import type { FlowField } from "./flow-field.ts";

/** Segments of the colour wheel: number of steps, first and last colour. The numbers make the hues perceptually even. */
const segments: readonly (readonly [number, readonly number[], readonly number[]])[] = [
  [15, [1, 0, 0], [1, 1, 0]],
  [6, [1, 1, 0], [0, 1, 0]],
  [4, [0, 1, 0], [0, 1, 1]],
  [11, [0, 1, 1], [0, 0, 1]],
  [13, [0, 0, 1], [1, 0, 1]],
  [6, [1, 0, 1], [1, 0, 0]],
];

const wheel: readonly (readonly number[])[] = segments.flatMap(([count, from, to]) =>
  Array.from({ length: count }, (_, i) => from.map((v, c) => v + ((to[c]! - v) * i) / count)),
);

/**
 * Draw a flow in the Middlebury colours: hue is direction, saturation is length. White is no motion; full saturation is
 * `longest` px, by default the longest motion. Unknown flow (NaN) is black.
 * Source: Baker et al. 2011.
 */
export function flowPicture({ data, height, width }: FlowField, longest?: number): Frame {
  const area = height * width;
  const frame = createFrame(height, width);
  let scale = longest ?? 0;
  if (longest === undefined) {
    for (let i = 0; i < area; i++) {
      const length = Math.hypot(data[i]!, data[i + area]!);
      if (length > scale) scale = length;
    }
  }
  for (let i = 0; i < area; i++) {
    const [u, v] = [data[i]!, data[i + area]!];
    const length = Math.hypot(u, v) / Math.max(scale, 1e-6);
    if (Number.isNaN(length)) continue;
    const turn = ((Math.atan2(-v, -u) / Math.PI + 1) / 2) * (wheel.length - 1);
    const k = Math.floor(turn);
    const [one, two] = [wheel[k]!, wheel[(k + 1) % wheel.length]!];
    for (let c = 0; c < 3; c++) {
      const hue = one[c]! + (two[c]! - one[c]!) * (turn - k);
      frame.data[c * area + i] = length <= 1 ? 1 - length * (1 - hue) : hue * 0.75;
    }
  }
  return frame;
}
