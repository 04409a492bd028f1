import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import { matchLight } from "./match-light.ts";
import {
  applied,
  combined,
  halves,
  inverted,
  multiplied,
  type System,
} from "./normal-equations.ts";
import { gaussianBlur, gradient, neighbours, resized, sampleAlong, sumOf } from "./plane-ops.ts";

/** Tuned on the tuning pairs of `bench/flow`; the weights are those of OpenCV's DIS. */
const tuning = {
  /** Weights of brightness constancy, gradient constancy and smoothness; brightness 0..255. */
  brightness: 5,
  gradient: 10,
  smoothness: 20,
  /** Gradient below which the data term weakens, so that flat regions follow their surroundings. */
  faint: 0.1,
  /** Residual, px, and difference of flow, px, below which the robust terms are quadratic. */
  residual: 0.03,
  step: 0.001,
  /** Reduction of the pictures on which `correct` works, and its maximum correction, px. */
  reduction: 16,
  correction: 0.2,
  /** Assumed spectral radius of a Jacobi step, for the acceleration of the solver. */
  radius: 0.97,
} as const;

/** Settings of the solver. */
export interface Effort {
  /** Number of times that the robust weights are computed. */
  readonly rounds: number;
  /** Solver steps in each round. */
  readonly steps: number;
  /** Whether to include brightness constancy, with bicubic sampling. Gradients alone need no matched light. */
  readonly brightness: boolean;
}

/**
 * Refine `flow` `[2, 2, h, w]`, px, between `from` and `to` `[2, 1, h, w]`, 0..255, towards the minimum of a robust energy:
 * constancy of brightness and gradients along the flow, each divided by the local gradient, plus piecewise smoothness. The
 * energy has no window, so motion boundaries are as sharp as the picture. Flow that leaves the picture follows its
 * surroundings.
 * Sources: Brox, Bruhn, Papenberg, Weickert 2004, "High accuracy optical flow estimation based on a theory for
 * warping"; the normalisation, Zimmer, Bruhn, Weickert 2011, "Optic flow in harmony".
 */
export function refineVariational(
  b: GraphBuilder,
  from: string,
  to: string,
  flow: string,
  h: number,
  w: number,
  { rounds, steps, brightness }: Effort,
): string {
  const { groups, inside } = constancy(b, from, to, flow, h, w, brightness);
  const held = groups.map(({ rows, weight }) => ({
    rows,
    terms: normalTerms(b, rows, weight, inside),
  }));
  let now = flow;
  for (let i = 0; i < rounds; i++) {
    const weighted = held.map(({ rows, terms }) => {
      const weight = robust(b, rows, now);
      return combined([terms], ([part]) => b.op("Mul", [part!, weight]));
    });
    const system = combined(weighted, (parts) => sumOf(b, parts));
    const weights = diffusivity(b, now);
    now = solve(b, correct(b, now, system, h, w), system, weights, steps);
  }
  return now;
}

/** A linear equation at every pixel, `[n, 2, h, w]` and `[n, 1, h, w]`: slopes · flow + offset = 0. */
interface Row {
  readonly slopes: string;
  readonly offset: string;
}

/** Equations that share one robust weight. */
interface RowGroup {
  readonly rows: readonly Row[];
  readonly weight: number;
}

/** Constancy of the two derivatives, and of brightness on request, linearised at `flow`. Residuals are in px. */
function constancy(
  b: GraphBuilder,
  from: string,
  to: string,
  flow: string,
  h: number,
  w: number,
  brightness: boolean,
): { groups: RowGroup[]; inside: string } {
  const { sampled: unlit, inside } = sampleAlong(
    b,
    to,
    flow,
    h,
    w,
    brightness ? "bicubic" : "bilinear",
  );
  const sampled = brightness ? matchLight(b, unlit, from, inside, h, w) : unlit;
  const mean = b.op("Mul", [b.op("Add", [sampled, from]), b.scalar(0.5)]);
  const change = b.op("Sub", [sampled, from]);
  const [gx, gy] = gradient(b, mean);
  const [xx, xy] = gradient(b, gx);
  const [, yy] = gradient(b, gy);
  const changes = gradient(b, change);
  const row = (x: string, y: string, offset: string): Row => {
    const both = b.op("Concat", [x, y], { axis: 1 });
    const size = b.op("Sqrt", [b.op("Add", [sumSquared(b, both), b.scalar(tuning.faint ** 2)])]);
    const slopes = b.op("Div", [both, size]);
    const at = across(b, b.op("Mul", [slopes, flow]), 2);
    return { slopes, offset: b.op("Sub", [b.op("Div", [offset, size]), at]) };
  };
  const gradients = [row(xx, xy, changes[0]), row(xy, yy, changes[1])];
  const groups: RowGroup[] = [{ rows: gradients, weight: tuning.gradient }];
  if (brightness) groups.push({ rows: [row(gx, gy, change)], weight: tuning.brightness });
  return { groups, inside };
}

/** Sum over `channels` channels times `weight`. */
function across(b: GraphBuilder, x: string, channels: number, weight = 1): string {
  const ones = new Float32Array(channels).fill(weight);
  return b.op("Conv", [x, b.constant(floatTensor([1, channels, 1, 1], ones))]);
}

function sumSquared(b: GraphBuilder, x: string): string {
  return across(b, b.op("Mul", [x, x]), 2);
}

/** Weighted normal equations of `rows`. */
function normalTerms(
  b: GraphBuilder,
  rows: readonly Row[],
  weight: number,
  inside: string,
): System {
  const each = rows.map(({ slopes, offset }) => {
    const [x, y] = halves(b, slopes);
    return {
      diagonal: b.op("Mul", [slopes, slopes]),
      xy: b.op("Mul", [x, y]),
      data: b.op("Mul", [slopes, b.op("Neg", [offset])]),
    };
  });
  const visible = b.op("Mul", [inside, b.scalar(weight)]);
  return combined(each, (parts) => b.op("Mul", [sumOf(b, parts), visible]));
}

/** The robust weight of `rows`, which decreases with their residuals. */
function robust(b: GraphBuilder, rows: readonly Row[], flow: string): string {
  const squares = rows.map(({ slopes, offset }) => {
    const residual = b.op("Add", [across(b, b.op("Mul", [slopes, flow]), 2), offset]);
    return b.op("Mul", [residual, residual]);
  });
  const sum = sumOf(b, [...squares, b.scalar(tuning.residual ** 2)]);
  return b.op("Reciprocal", [b.op("Sqrt", [sum])]);
}

/** Kernels for the differences to the four neighbours. */
const toNeighbours = [3, 5, 1, 7].map((side) =>
  Array.from({ length: 9 }, (_, i) => (i === side ? 1 : i === 4 ? -1 : 0)),
);

/** Smoothness towards each neighbour, `[n, 1, h, w]`, which decreases with the differences of the flow. */
function diffusivity(b: GraphBuilder, flow: string): string[] {
  const padded = b.op("Pad", [flow, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "edge" });
  const taps = [...toNeighbours, ...toNeighbours].flat();
  const steps = b.op("Conv", [padded, b.constant(floatTensor([8, 1, 3, 3], taps))], { group: 2 });
  const energy = across(b, b.op("Mul", [steps, steps]), 8, 0.5);
  const size = b.op("Sqrt", [b.op("Add", [energy, b.scalar(tuning.step ** 2)])]);
  const own = b.op("Div", [b.scalar(tuning.smoothness / 2), size]);
  return neighbours(b, own).map((next) => b.op("Add", [own, next]));
}

/** Apply the correction that a neighbourhood has in common, which Jacobi steps would propagate slowly. */
function correct(b: GraphBuilder, flow: string, system: System, h: number, w: number): string {
  const { diagonal, xy, data } = system;
  const left = b.op("Sub", [data, multiplied(b, system, flow)]);
  const shrink = (x: string, channels: number): string =>
    resized(b, x, channels, Math.ceil(h / tuning.reduction), Math.ceil(w / tuning.reduction));
  const parts = [shrink(diagonal, 2), shrink(xy, 1), shrink(left, 2)];
  const small = b.op("Concat", parts, { axis: 1 });
  const blurred = gaussianBlur(b, small, 1, 5, "repeat");
  const cut = (from: number, to: number): string =>
    b.op("Slice", [blurred, b.ints(from), b.ints(to), b.ints(1)]);
  const firm = b.op("Add", [cut(0, 2), b.scalar(1)]);
  const step = applied(b, inverted(b, firm, cut(2, 3)), cut(3, 5));
  const max = tuning.correction;
  const bounded = b.op("Clip", [step, b.scalar(-max), b.scalar(max)]);
  return b.op("Add", [flow, resized(b, bounded, 2, h, w)]);
}

/**
 * Jacobi steps, the 2 × 2 system of each pixel in closed form, with Chebyshev acceleration.
 * Source: Golub, Varga 1961, "Chebyshev semi-iterative methods".
 */
function solve(
  b: GraphBuilder,
  flow: string,
  { diagonal, xy, data }: System,
  weights: readonly string[],
  steps: number,
): string {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const inverse = inverted(b, b.op("Add", [diagonal, sumOf(b, weights)]), xy);
  const square = tuning.radius ** 2;
  let [before, now, omega] = [flow, flow, 1];
  for (let i = 0; i < steps; i++) {
    const around = neighbours(b, now).map((next, k) => mul(next, weights[k]!));
    let next = applied(b, inverse, sumOf(b, [...around, data]));
    if (i > 0) {
      omega = i === 1 ? 2 / (2 - square) : 1 / (1 - (square * omega) / 4);
      next = b.op("Add", [mul(next, b.scalar(omega)), mul(before, b.scalar(1 - omega))]);
    }
    [before, now] = [now, next];
  }
  return now;
}
