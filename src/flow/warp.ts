/** Moving pictures, as graph nodes: one bicubic resampling in float32, edges mirrored. */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import type { Affine } from "./motion.ts";
import { gridStep } from "./plane-ops.ts";

/**
 * Where each pixel of a moved picture comes from, `[1, h, w, 2]`, −1..1 from pixel edge to pixel edge; x, then y. With
 * `affine` by the inputs `columns`, `rows` and `shift`, see `affineFeeds`; else from itself.
 */
export function samplePositions(b: GraphBuilder, h: number, w: number, affine: boolean): string {
  const xs = b.constant(floatTensor([1, 1, w, 1], centred(w)));
  const ys = b.constant(floatTensor([1, h, 1, 1], centred(h)));
  const pair = [1, 1, 1, 2];
  const columns = affine ? b.input("columns", pair) : b.constant(floatTensor(pair, [1, 0]));
  const rows = affine ? b.input("rows", pair) : b.constant(floatTensor(pair, [0, 1]));
  const down = b.op("Mul", [ys, rows]);
  const moved = affine ? b.op("Add", [down, b.input("shift", pair)]) : down;
  return b.op("Add", [b.op("Mul", [xs, columns]), moved]);
}

/** `at`, then from there on along `flow` `[1, 2, h, w]` as it is at those places. */
export function followFlow(
  b: GraphBuilder,
  at: string,
  flow: string,
  h: number,
  w: number,
): string {
  return b.op("Add", [at, gridStep(b, flow, h, w)]);
}

/** `picture` at the positions `at`, bicubic, edges mirrored; clamped to `range`: what overshoots would grow. */
export function sampleSharply(
  b: GraphBuilder,
  picture: string,
  at: string,
  [low, high]: readonly [number, number],
): string {
  const sampled = b.op("GridSample", [picture, at], {
    mode: "bicubic",
    padding_mode: "reflection",
    align_corners: 0,
  });
  return b.op("Clip", [sampled, b.scalar(low), b.scalar(high)], {}, "warped");
}

/** `planes` at the positions `at`, bilinear, edges repeated. */
export function sampleSmoothly(b: GraphBuilder, planes: string, at: string): string {
  return b.op("GridSample", [planes, at], {
    mode: "bilinear",
    padding_mode: "border",
    align_corners: 0,
  });
}

/** The inputs of `samplePositions` for `affine` on pictures of `h` × `w` px, in its coordinates. */
export function affineFeeds(
  [a, b, c, d, e, f]: Affine,
  h: number,
  w: number,
): Record<"columns" | "rows" | "shift", FloatTensor> {
  const pair = (x: number, y: number): FloatTensor => floatTensor([1, 1, 1, 2], [x, y]);
  return {
    columns: pair(a, (d * w) / h),
    rows: pair((b * h) / w, e),
    shift: pair(
      (a * (w - 1) + b * (h - 1) + 2 * c + 1) / w - 1,
      (d * (w - 1) + e * (h - 1) + 2 * f + 1) / h - 1,
    ),
  };
}

/** Centres of `count` pixels within −1..1. */
function centred(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (2 * i + 1) / count - 1);
}
