import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import { gaussianBlur, sampleAlong } from "./plane-ops.ts";

/**
 * The reliability of `backward`, `[1, 1, height, width]`, 0..1, on the pixels of the second picture. It is 0 if forward and
 * backward flow do not cancel (occlusion), if the flow leaves the picture, and at motion boundaries. The published
 * thresholds are softened, because a hard mask flickers.
 * Source: Ruder, Dosovitskiy, Brox 2016, "Artistic style transfer for videos", section 4.2.
 */
export function addReliability(
  b: GraphBuilder,
  forward: string,
  backward: string,
  height: number,
  width: number,
): string {
  const energy = (flow: string): string =>
    b.op("ReduceSum", [b.op("Mul", [flow, flow]), b.ints(1)], { keepdims: 1 });
  const affine = (x: string, scale: number, offset: number): string =>
    b.op("Add", [b.op("Mul", [x, b.scalar(scale)]), b.scalar(offset)]);
  /** 1 for ratios up to `from`, 0 from `to` on, linear in between. */
  const fade = (ratio: string, from: number, to: number): string =>
    b.op("Clip", [affine(ratio, -1 / (to - from), to / (to - from)), b.scalar(0), b.scalar(1)]);

  const { sampled, inside } = sampleAlong(b, forward, backward, height, width);
  const roundTrip = energy(b.op("Add", [sampled, backward]));
  const length = energy(backward);
  const allowed = affine(b.op("Add", [energy(sampled), length]), 0.01, 0.5);
  const returns = fade(b.op("Div", [roundTrip, allowed]), 0.5, 1.5);

  const padded = b.op("Pad", [backward, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "edge" });
  const slopes = [-0.5, 0, 0.5];
  const column = [0, 0, 0, ...slopes, 0, 0, 0];
  const row = [0, -0.5, 0, 0, 0, 0, 0, 0.5, 0];
  const kernel = b.constant(floatTensor([4, 1, 3, 3], [...column, ...row, ...column, ...row]));
  const steepness = energy(b.op("Conv", [padded, kernel], { group: 2 }));
  // The published threshold alone would also exclude the slow centre of every zoom.
  const calm = fade(b.op("Div", [steepness, affine(length, 0.01, 0.002)]), 1, 10);

  const mask = b.op("Mul", [b.op("Mul", [returns, calm]), inside]);
  return b.op("Min", [mask, gaussianBlur(b, mask, 1, 1, "repeat")]);
}
