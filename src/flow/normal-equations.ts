import type { GraphBuilder } from "../graph/builder.ts";

/** The normal equations of every pixel: the matrix `[n, 1, h, w]` each, and the right sides `data` `[n, 2, h, w]`. */
export interface System {
  readonly xx: string;
  readonly xy: string;
  readonly yy: string;
  readonly data: string;
}

/** Split `terms` `[n, 5, h, w]` into xx, xy, yy and the right sides. */
export function splitTerms(b: GraphBuilder, terms: string): System {
  const cut = (from: number, to: number): string =>
    b.op("Slice", [terms, b.ints(from), b.ints(to), b.ints(1)]);
  return { xx: cut(0, 1), xy: cut(1, 2), yy: cut(2, 3), data: cut(3, 5) };
}

/** The inverse of the 2 × 2 matrix of each pixel, as factors of the right side and of the right side with swapped channels. */
export function inverted(b: GraphBuilder, xx: string, xy: string, yy: string): [string, string] {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const inverse = b.op("Reciprocal", [b.op("Sub", [mul(xx, yy), mul(xy, xy)])]);
  const own = mul(b.op("Concat", [yy, xx], { axis: 1 }), inverse);
  return [own, b.op("Neg", [mul(xy, inverse)])];
}

/** Multiply the inverse that `inverted` returns by the right side `right` `[n, 2, h, w]`. */
export function applied(
  b: GraphBuilder,
  [own, cross]: readonly [string, string],
  right: string,
): string {
  return b.op("Add", [b.op("Mul", [own, right]), b.op("Mul", [turned(b, right), cross])]);
}

/** `x` `[n, 2, h, w]` with its channels swapped. */
export function turned(b: GraphBuilder, x: string): string {
  return b.op("Gather", [x, b.ints(1, 0)], { axis: 1 });
}

/** Split `x` into its two halves along the channels. */
export function halves(b: GraphBuilder, x: string): [string, string] {
  const [one, two] = b.ops("Split", [x], 2, { axis: 1, num_outputs: 2 });
  return [one!, two!];
}
