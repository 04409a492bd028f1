/** Graphs that measure and match the colours of pictures `[1, 3, H, W]`, as a whole or in strips of rows. */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import { addFromOklab, addToOklab } from "./oklab.ts";

/**
 * `measure` computes the colour statistics; `convert` also returns the OKLab values. `match` transfers statistics and
 * scales the chroma; `saturate` only scales the chroma.
 */
export type ColorWork = "measure" | "convert" | "match" | "saturate";

/** Names of the values with the mean and standard deviation of each channel, `[1, 3, 1, 1]`. */
interface Statistics {
  readonly mean: string;
  readonly spread: string;
}

const perChannel = [1, 3, 1, 1];

/**
 * The graph for `rows` rows of the input `picture` `[1, 3, height, width]`. If these are not all rows, the inputs `first`
 * and `end` (exclusive), int64 `[1]`, select them. Statistics are `[1, 3, 1, 1]`.
 *
 * `measure` and `convert` output `mean` and `spread`, `convert` also `lab`. For a strip, these cover all rows up to its
 * end; inputs are `meanAbove` and `spreadAbove` of the rows above, and the strip's share of all these rows, `share` `[]`.
 *
 * `match` and `saturate` output `graded` and take the factors `scale` per OKLab channel. `match` takes the target
 * statistics `mean` and `spread`; for a strip also `lab` instead of the picture, and `ownMean` and `ownSpread` of the whole
 * picture. With `keeps`, each OKLab channel is then interpolated by `keep` towards that of the input `source`, before
 * scaling.
 */
export function colorGraph(
  height: number,
  width: number,
  rows: number,
  work: ColorWork,
  keeps = false,
): Graph {
  const b = new GraphBuilder();
  const planes = [1, 3, rows, width];
  const input = (name: string): string => b.input(name, perChannel);
  const whole = rows === height;
  const known = work === "match" && !whole;
  const bounds =
    whole || (known && !keeps)
      ? undefined
      : ([b.input("first", [1], "int64"), b.input("end", [1], "int64")] as const);
  const labOf = (name: string): string =>
    addToOklab(b, addRows(b, b.input(name, [1, 3, height, width]), bounds, rows, width));
  const lab = known ? b.input("lab", planes) : labOf("picture");
  const here = (): Statistics => addStatistics(b, lab, rows * width);
  if (work === "measure" || work === "convert") {
    const above = (): Statistics => ({ mean: input("meanAbove"), spread: input("spreadAbove") });
    const { mean, spread } = whole ? here() : addPooled(b, above(), here(), b.input("share", []));
    b.opNamed("Identity", [mean], {}, "mean").output("mean", perChannel);
    b.opNamed("Identity", [spread], {}, "spread").output("spread", perChannel);
    if (work === "convert") b.opNamed("Identity", [lab], {}, "lab").output("lab", planes);
    return b.build();
  }
  const own = (): Statistics =>
    whole ? here() : { mean: input("ownMean"), spread: input("ownSpread") };
  const matched = work === "match" ? addMatch(b, lab, own()) : lab;
  const lerp = (to: string): string =>
    b.op("Add", [matched, b.op("Mul", [b.op("Sub", [to, matched]), input("keep")])]);
  const kept = keeps ? lerp(labOf("source")) : matched;
  const graded = addFromOklab(b, b.op("Mul", [kept, input("scale")]));
  b.opNamed("Identity", [graded], {}, "graded").output("graded", planes);
  return b.build();
}

/** A graph that concatenates the inputs `strip0`, `strip1` … vertically to the output `joined`. */
export function joinGraph(
  strips: readonly (readonly number[])[],
  joined: readonly number[],
): Graph {
  const b = new GraphBuilder();
  const names = strips.map((dims, i) => b.input(`strip${i}`, dims));
  b.output(b.op("Concat", names, { axis: 2 }, "joined"), joined);
  return b.build();
}

/** The rows of `picture` between `bounds`, the second exclusive; all rows without bounds. */
function addRows(
  b: GraphBuilder,
  picture: string,
  bounds: readonly [string, string] | undefined,
  rows: number,
  width: number,
): string {
  if (!bounds) return picture;
  const strip = b.op("Slice", [picture, ...bounds, b.ints(2)]);
  // Gives the result a static shape.
  return b.op("Reshape", [strip, b.ints(1, 3, rows, width)]);
}

function addStatistics(b: GraphBuilder, lab: string, pixels: number): Statistics {
  const mean = b.op("ReduceMean", [lab, b.ints(2, 3)], { keepdims: 1 });
  const off = b.op("Sub", [lab, mean]);
  const sum = b.op("ReduceSum", [b.op("Mul", [off, off]), b.ints(2, 3)], { keepdims: 1 });
  return { mean, spread: b.op("Sqrt", [b.op("Mul", [sum, b.scalar(1 / pixels)])]) };
}

/**
 * Combined statistics of two sets of pixels; `share` is the second set's share of all pixels.
 * Source: Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances".
 */
function addPooled(b: GraphBuilder, one: Statistics, two: Statistics, share: string): Statistics {
  const [rest, step] = [b.op("Sub", [b.scalar(1), share]), b.op("Sub", [two.mean, one.mean])];
  const part = (spread: string, of: string): string =>
    b.op("Mul", [b.op("Mul", [spread, spread]), of]);
  const within = b.op("Add", [part(one.spread, rest), part(two.spread, share)]);
  const variance = b.op("Add", [within, part(step, b.op("Mul", [share, rest]))]);
  return {
    mean: b.op("Add", [one.mean, b.op("Mul", [step, share])]),
    spread: b.op("Sqrt", [variance]),
  };
}

/** `lab` shifted and scaled from its own statistics to the inputs `mean` and `spread`. */
function addMatch(b: GraphBuilder, lab: string, own: Statistics): string {
  const spread = b.op("Max", [own.spread, b.scalar(1e-4)]);
  const gain = b.op("Div", [b.input("spread", perChannel), spread]);
  const centred = b.op("Mul", [b.op("Sub", [lab, own.mean]), gain]);
  return b.op("Add", [centred, b.input("mean", perChannel)]);
}
