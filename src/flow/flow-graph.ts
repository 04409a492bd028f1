import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import { applied, inverted, multiplied } from "./normal-equations.ts";
import { batch, gaussianBlur, gradient, neighbours, sampleAlong, sumOf } from "./plane-ops.ts";
import { addReliability } from "./reliability.ts";
import { type Effort, refineVariational } from "./variational.ts";

/** Tuned with `bench/flow`. */
const tuning = {
  /** Reduction of the finest level: half size takes a quarter of the time and adds little error. */
  finest: 2,
  /** Minimum short side of the coarsest level, px. */
  coarsest: 12,
  /** Number of warps at each level, and at the finest. */
  warps: [4, 1],
  /** Number of the finest levels with a variational refinement after their warps, and its settings. */
  refined: 3,
  refinement: { rounds: 3, steps: 8, brightness: true },
  /** The refinement at full size, if the finest level is smaller. */
  polish: { rounds: 1, steps: 3, brightness: false },
  /** Relaxation steps after each warp. */
  relaxations: 8,
  /** Sigma of the window of the data term, px. */
  window: 5,
  /** Weight of smoothness relative to data. */
  smoothness: 0.3,
  /** Difference of normalised brightness that divides the smoothness between neighbours by e. */
  edge: 0.3,
  /** Difference of normalised brightness beyond which the data term saturates. */
  outlier: 0.05,
  /** Standard deviation of brightness below which a region counts as flat. */
  flat: 0.03,
} as const;

/**
 * A graph that estimates the flow from `first` to `second` and back, coarse to fine. Inputs `first`, `second`
 * `[1, 3, height, width]`, 0..1; outputs `forward`, `backward` `[1, 2, height, width]`, px, and `reliable`
 * `[1, 1, height, width]`, 0..1, on the pixels of `second`. Each level warps one picture by the flow so far and minimises
 * a robust data term over a window plus a smoothness term that is weaker at edges. Brightness is normalised locally, so
 * that changes of light do not appear as motion. At the finest levels a variational refinement without a window sharpens
 * the flow.
 * Source: Bruhn, Weickert, Schnörr 2005, "Lucas/Kanade meets Horn/Schunck".
 */
export function flowGraph(height: number, width: number): Graph {
  const b = new GraphBuilder();
  const first = b.input("first", [1, 3, height, width]);
  const second = b.input("second", [1, 3, height, width]);
  const luma = b.constant(floatTensor([1, 3, 1, 1], [0.299, 0.587, 0.114]));
  // Both directions form one batch: first → second, second → first.
  const grays = [first, second].map((picture) => b.op("Conv", [picture, luma]));
  const gray = b.op("Concat", grays, { axis: 0 });
  let flow: Level | undefined;
  const sizes = levelSizes(height, width);
  for (const [i, [h, w]] of sizes.entries()) {
    const picture = resize(b, gray, h, w, 1);
    const start = flow
      ? enlarge(b, flow, h, w)
      : b.constant(floatTensor([batch, 2, h, w], new Float32Array(batch * 2 * h * w)));
    flow = { flow: refineLevel(b, picture, start, h, w, sizes.length - 1 - i), h, w };
  }
  const whole =
    flow!.h === height && flow!.w === width
      ? flow!.flow
      : refined(b, gray, enlarge(b, flow!, height, width), height, width, tuning.polish);
  const [forward, backward] = b.ops("Split", [whole], 2, {
    axis: 0,
    num_outputs: 2,
  });
  const reliable = addReliability(b, forward!, backward!, height, width);
  b.opNamed("Identity", [forward!], {}, "forward").output("forward", [1, 2, height, width]);
  b.opNamed("Identity", [backward!], {}, "backward").output("backward", [1, 2, height, width]);
  b.opNamed("Identity", [reliable], {}, "reliable").output("reliable", [1, 1, height, width]);
  return b.build();
}

interface Level {
  readonly flow: string;
  readonly h: number;
  readonly w: number;
}

/** Height and width of each level, coarsest first. Small pictures start from their full size. */
function levelSizes(height: number, width: number): [number, number][] {
  const sizes: [number, number][] = [];
  let shrink = Math.min(height, width) >= 8 * tuning.coarsest ? tuning.finest : 1;
  for (; ; shrink *= 2) {
    const [h, w] = [Math.ceil(height / shrink), Math.ceil(width / shrink)];
    if (sizes.length > 0 && Math.min(h, w) < tuning.coarsest) return sizes;
    sizes.unshift([h, w]);
  }
}

function resize(b: GraphBuilder, x: string, h: number, w: number, channels: number): string {
  return b.op("Resize", [x, "", "", b.ints(batch, channels, h, w)], {
    mode: channels === 1 ? "cubic" : "linear",
    antialias: 1,
  });
}

/** The flow of a level resized to `h` × `w`, in px of that size. */
function enlarge(b: GraphBuilder, level: Level, h: number, w: number): string {
  const scale = b.constant(floatTensor([1, 2, 1, 1], [w / level.w, h / level.h]));
  return b.op("Mul", [resize(b, level.flow, h, w, 2), scale]);
}

/** Normalise brightness to local mean 0 and standard deviation 1; flat regions stay flat. */
function normalise(b: GraphBuilder, gray: string): string {
  const centred = b.op("Sub", [gray, gaussianBlur(b, gray, 3, 1, "repeat")]);
  const variance = gaussianBlur(b, b.op("Mul", [centred, centred]), 4, 1, "repeat");
  return b.op("Div", [
    centred,
    b.op("Sqrt", [b.op("Add", [variance, b.scalar(tuning.flat ** 2)])]),
  ]);
}

/** Warp and refine the flow `start` at one level; `after` is the number of finer levels. */
function refineLevel(
  b: GraphBuilder,
  picture: string,
  start: string,
  h: number,
  w: number,
  after: number,
): string {
  const finest = after === 0;
  const from = normalise(b, picture);
  const to = swapped(b, from);
  const weights = smoothnessWeights(b, from);
  let flow = start;
  for (let i = 0; i < tuning.warps[finest ? 1 : 0]; i++) {
    const { sampled, inside } = sampleAlong(b, to, flow, h, w, finest ? "bicubic" : "bilinear");
    flow = relax(b, flow, dataTerms(b, from, sampled, inside, tuning.window), weights);
  }
  return after < tuning.refined ? refined(b, picture, flow, h, w, tuning.refinement) : flow;
}

function refined(
  b: GraphBuilder,
  picture: string,
  flow: string,
  h: number,
  w: number,
  effort: Effort,
): string {
  const bytes = b.op("Mul", [picture, b.scalar(255)]);
  return refineVariational(b, bytes, swapped(b, bytes), flow, h, w, effort);
}

/** The batch with its two entries swapped: the other picture of each direction. */
function swapped(b: GraphBuilder, x: string): string {
  const [one, two] = b.ops("Split", [x], 2, { axis: 0, num_outputs: 2 });
  return b.op("Concat", [two!, one!], { axis: 0 });
}

/** Weights of smoothness towards each of the four neighbours; their sum is `tuning.smoothness`. */
function smoothnessWeights(b: GraphBuilder, from: string): string[] {
  const raw = neighbours(b, from).map((next) => {
    const difference = b.op("Abs", [b.op("Sub", [next, from])]);
    const fade = b.op("Exp", [b.op("Mul", [difference, b.scalar(-1 / tuning.edge)])]);
    return b.op("Add", [fade, b.scalar(0.02)]);
  });
  const share = b.op("Div", [b.scalar(tuning.smoothness), sumOf(b, raw)]);
  return raw.map((weight) => b.op("Mul", [weight, share]));
}

/** The linearised data term, summed over the window: xx, xy, yy, x·difference, y·difference. */
function dataTerms(
  b: GraphBuilder,
  from: string,
  warped: string,
  inside: string,
  window: number,
): string[] {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const difference = b.op("Sub", [warped, from]);
  const [gx, gy] = gradient(b, mul(b.op("Add", [warped, from]), b.scalar(0.5)));
  const squared = b.op("Add", [mul(difference, difference), b.scalar(tuning.outlier ** 2)]);
  const robust = b.op("Div", [inside, b.op("Sqrt", [squared])]);
  const [wx, wy] = [mul(robust, gx), mul(robust, gy)];
  const terms = [mul(wx, gx), mul(wx, gy), mul(wy, gy), mul(wx, difference), mul(wy, difference)];
  const gathered = gaussianBlur(b, b.op("Concat", terms, { axis: 1 }), window, 5, "zero");
  return b.ops("Split", [gathered], 5, { axis: 1, num_outputs: 5 });
}

/** Jacobi steps for the data and smoothness terms; the 2 × 2 system of each pixel is solved in closed form. */
function relax(
  b: GraphBuilder,
  flow: string,
  [xx, xy, yy, xt, yt]: readonly string[],
  weights: readonly string[],
): string {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const both = (x: string, y: string): string => b.op("Concat", [x, y], { axis: 1 });
  const matrix = { diagonal: both(xx!, yy!), xy: xy! };
  const diagonal = b.op("Add", [matrix.diagonal, b.scalar(tuning.smoothness)]);
  const inverse = inverted(b, diagonal, xy!);
  // The data pulls towards the flow at which the terms were linearised, less their differences.
  const at = multiplied(b, matrix, flow);
  const data = b.op("Sub", [at, both(xt!, yt!)]);
  let now = flow;
  for (let i = 0; i < tuning.relaxations; i++) {
    const around = neighbours(b, now).map((next, k) => mul(next, weights[k]!));
    now = applied(b, inverse, sumOf(b, [...around, data]));
  }
  return now;
}
