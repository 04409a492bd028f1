import type { GraphBuilder } from "../graph/builder.ts";
import { halves } from "./normal-equations.ts";
import { gaussianBlur, resized } from "./plane-ops.ts";

/** Reduction of the pictures on which light is matched. */
const smaller = 8;

/**
 * Match the local mean and standard deviation of `sampled` to those of `from`, both `[2, 1, h, w]`, so that changes of light
 * do not appear as motion. `inside` `[2, 1, h, w]`, 1 or 0, excludes pixels outside the picture.
 */
export function matchLight(
  b: GraphBuilder,
  sampled: string,
  from: string,
  inside: string,
  h: number,
  w: number,
): string {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const pictures = b.op("Concat", [from, sampled], { axis: 1 });
  const all = b.op(
    "Concat",
    [mul(pictures, inside), mul(mul(pictures, pictures), inside), inside],
    {
      axis: 1,
    },
  );
  const small = resized(b, all, 5, Math.ceil(h / smaller), Math.ceil(w / smaller));
  const [sums, squares, count] = sumsOf(b, gaussianBlur(b, small, 2, 5, "repeat"));
  const counted = b.op("Add", [count, b.scalar(1e-3)]);
  const means = b.op("Div", [sums, counted]);
  const spread = b.op("Sub", [b.op("Div", [squares, counted]), mul(means, means)]);
  const [wanted, had] = halves(b, b.op("Add", [b.op("Relu", [spread]), b.scalar(1)]));
  const gain = b.op("Sqrt", [b.op("Div", [wanted, had])]);
  const [target, mean] = halves(b, means);
  const lift = b.op("Sub", [target, mul(gain, mean)]);
  const change = resized(b, b.op("Concat", [gain, lift], { axis: 1 }), 2, h, w);
  const [gains, lifts] = halves(b, change);
  return b.op("Add", [mul(sampled, gains), lifts]);
}

/** Split five channels into two of sums, two of squares and one of counts. */
function sumsOf(b: GraphBuilder, x: string): [string, string, string] {
  const cut = (from: number, to: number): string =>
    b.op("Slice", [x, b.ints(from), b.ints(to), b.ints(1)]);
  return [cut(0, 2), cut(2, 4), cut(4, 5)];
}
