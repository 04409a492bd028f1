import type { GraphBuilder } from "../graph/builder.ts";

/** The normal equations of every pixel; `data` `[n, 2, h, w]` are the right sides. */
export interface System {
  readonly xx: string;
  readonly xy: string;
  readonly yy: string;
  readonly data: string;
}

export function splitTerms(b: GraphBuilder, terms: string): System {
  const cut = (from: number, to: number): string =>
    b.op("Slice", [terms, b.ints(from), b.ints(to), b.ints(1)]);
  return { xx: cut(0, 1), xy: cut(1, 2), yy: cut(2, 3), data: cut(3, 5) };
}

/** The solution of a system in closed form, as factors of the right side and of it with its channels swapped. */
export function inverted(b: GraphBuilder, xx: string, xy: string, yy: string): [string, string] {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const inverse = b.op("Reciprocal", [b.op("Sub", [mul(xx, yy), mul(xy, xy)])]);
  const own = mul(b.op("Concat", [yy, xx], { axis: 1 }), inverse);
  return [own, b.op("Neg", [mul(xy, inverse)])];
}

/** One factor times `right`, the other times `right` with its channels swapped. */
export function applied(
  b: GraphBuilder,
  [own, cross]: readonly [string, string],
  right: string,
): string {
  const [u, v] = halves(b, right);
  const turned = b.op("Concat", [v, u], { axis: 1 });
  return b.op("Add", [b.op("Mul", [own, right]), b.op("Mul", [turned, cross])]);
}

/** The two channels of `x`. */
export function halves(b: GraphBuilder, x: string): [string, string] {
  const [one, two] = b.ops("Split", [x], 2, { axis: 1, num_outputs: 2 });
  return [one!, two!];
}
