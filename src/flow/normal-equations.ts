import type { GraphBuilder } from "../graph/builder.ts";

/**
 * The normal equations of every pixel: the diagonal of the matrix, xx and yy, `[n, 2, h, w]`, its other element xy
 * `[n, 1, h, w]`, and the right sides `data` `[n, 2, h, w]`.
 */
export interface System {
  readonly diagonal: string;
  readonly xy: string;
  readonly data: string;
}

/** A system made of others, element by element. */
export function combined(
  systems: readonly System[],
  combine: (parts: readonly string[]) => string,
): System {
  return {
    diagonal: combine(systems.map(({ diagonal }) => diagonal)),
    xy: combine(systems.map(({ xy }) => xy)),
    data: combine(systems.map(({ data }) => data)),
  };
}

/** The inverse of the 2 × 2 matrix of each pixel, as factors of the right side and of the right side with swapped channels. */
export function inverted(b: GraphBuilder, diagonal: string, xy: string): [string, string] {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const [xx, yy] = halves(b, diagonal);
  const inverse = b.op("Reciprocal", [b.op("Sub", [mul(xx, yy), mul(xy, xy)])]);
  return [mul(turned(b, diagonal), inverse), b.op("Neg", [mul(xy, inverse)])];
}

/** Multiply the inverse that `inverted` returns by the right side `right` `[n, 2, h, w]`. */
export function applied(
  b: GraphBuilder,
  [own, cross]: readonly [string, string],
  right: string,
): string {
  return b.op("Add", [b.op("Mul", [own, right]), b.op("Mul", [turned(b, right), cross])]);
}

/** Multiply the matrix of each pixel by `x` `[n, 2, h, w]`. */
export function multiplied(
  b: GraphBuilder,
  { diagonal, xy }: Pick<System, "diagonal" | "xy">,
  x: string,
): string {
  return b.op("Add", [b.op("Mul", [diagonal, x]), b.op("Mul", [turned(b, x), xy])]);
}

/** `x` `[n, 2, h, w]` with its channels swapped. */
function turned(b: GraphBuilder, x: string): string {
  return b.op("Gather", [x, b.ints(1, 0)], { axis: 1 });
}

/** Split `x` into its two halves along the channels. */
export function halves(b: GraphBuilder, x: string): [string, string] {
  const [one, two] = b.ops("Split", [x], 2, { axis: 1, num_outputs: 2 });
  return [one!, two!];
}
