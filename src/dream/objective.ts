/**
 * Objectives as graph nodes: a loss for each target, and the cotangents that start the backward pass.
 * A layer's objective is ½·mean(a²) over its activations, the published L2 objective (google/deepdream), a
 * class's its logit, a guided layer's its likeness to the guide. Which channels, which class, what weights
 * and which guide are inputs of the graph: animating them never needs another one.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor, intTensor } from "../graph/graph.ts";
import type { Target } from "./targets.ts";

export interface ObjectiveNodes {
  /** Value name of each target's unweighted objective, float32 scalar. */
  readonly losses: readonly string[];
  /** Cotangent of each targeted value, weights included: the seeds of `backward`. */
  readonly seeds: ReadonlyMap<string, string>;
  /** The scalar all of it sums to, as `Network.gradient` documents it. */
  readonly total: string;
  /** Shapes of the inputs `selection_i`, as `objectiveFeeds` fills them. */
  readonly selections: readonly (readonly number[])[];
}

/** One target's objective and the slope of the objective in the target's value, both before weighting. */
interface Term {
  readonly loss: string;
  readonly slope: string;
}

/**
 * Add the objective of `targets` to `b`. New inputs: `weights` `[T]`, and for target i `selection_i`, 0 or 1 per
 * channel, and with a guide `guide_i` `[C, M]`.
 *
 * With several targets each layer's gradient is divided by its own detached objective, so the total
 * is Σ weight·ln(½·mean(a²)) and weights are shares; logits enter as they are.
 */
export function addObjective(
  b: GraphBuilder,
  targets: readonly Target[],
  shapes: ReadonlyMap<string, readonly number[]>,
): ObjectiveNodes {
  const weights = b.input("weights", [targets.length]);
  const several = targets.length > 1;
  const losses: string[] = [];
  const terms: string[] = [];
  const selections: number[][] = [];
  const seeds = new Map<string, string>();
  targets.forEach((target, i) => {
    const dims = shapes.get(target.value)!;
    const size = dims.map((d, axis) => (axis === 1 ? d : 1));
    selections.push(size);
    const selection = b.input(`selection_${i}`, size);
    const weight = b.op("Gather", [weights, b.constant(intTensor([i], []))], {}, "weight");
    const { loss, slope } = addTerm(b, target, dims, selection, `guide_${i}`);
    losses.push(loss);
    const sharing = several && target.type !== "class";
    const own = sharing ? b.op("Add", [b.op("Abs", [loss]), b.scalar(1e-20)]) : loss;
    terms.push(b.op("Mul", [weight, sharing ? b.op("Log", [own]) : loss]));
    const share = sharing ? b.op("Div", [weight, own]) : weight;
    const seed = b.op("Mul", [slope, share], {}, "seed");
    const known = seeds.get(target.value);
    seeds.set(target.value, known ? b.op("Add", [known, seed], {}, "seed") : seed);
  });
  const total = terms.length === 1 ? terms[0]! : b.op("Sum", terms, {}, "total");
  return { losses, seeds, total, selections };
}

function addTerm(
  b: GraphBuilder,
  target: Target,
  dims: readonly number[],
  selection: string,
  guideName: string,
): Term {
  const selected = b.op("Mul", [target.value, selection], {}, "selected");
  if (target.type === "class") return { loss: sum(b, selected, dims), slope: selection };
  const places = dims.slice(2).reduce((a, c) => a * c, 1);
  if (target.guide) {
    const guide = b.input(guideName, [dims[1]!, target.guide.places]);
    return addLikeness(b, selected, selection, dims, guide);
  }
  // 1 / number of activations that count.
  const count = b.op("Mul", [sum(b, selection, dims), b.scalar(places)], {}, "count");
  const halved = b.op("Mul", [sum(b, b.op("Mul", [selected, selected]), dims), b.scalar(0.5)]);
  return {
    loss: b.op("Div", [halved, count], {}, "objective"),
    slope: b.op("Div", [selected, count], {}, "slope"),
  };
}

/**
 * Mean over places of the largest dot product with any feature of the guide `[C, M]`; with M = 1, a mean
 * feature, simply the mean dot product. Source: google/deepdream, `objective_guide`.
 */
function addLikeness(
  b: GraphBuilder,
  selected: string,
  selection: string,
  dims: readonly number[],
  guide: string,
): Term {
  const places = dims.slice(2).reduce((a, c) => a * c, 1);
  const flat = b.op("Reshape", [selected, b.ints(dims[1]!, places)]);
  const products = b.op("MatMul", [b.op("Transpose", [flat], { perm: [1, 0] }), guide]);
  const best = b.op("ArgMax", [products], { axis: 1, keepdims: 0 }, "best_match");
  const matched = b.op("Reshape", [b.op("Gather", [guide, best], { axis: 1 }), b.ints(...dims)]);
  const features = b.op("Mul", [matched, selection]);
  const share = b.scalar(1 / places);
  return {
    loss: b.op("Mul", [sum(b, b.op("Mul", [selected, features]), dims), share], {}, "likeness"),
    slope: b.op("Mul", [features, share], {}, "slope"),
  };
}

/** What the inputs of `addObjective` are for these targets and weights. */
export function objectiveFeeds(
  targets: readonly Target[],
  weights: readonly number[],
  selections: readonly (readonly number[])[],
): Record<string, FloatTensor> {
  const feeds: Record<string, FloatTensor> = { weights: floatTensor([weights.length], weights) };
  targets.forEach((target, i) => {
    const dims = selections[i]!;
    const count = dims[1]!;
    feeds[`selection_${i}`] = floatTensor(
      dims,
      Array.from({ length: count }, (_, c) => Number(isSelected(target, c))),
    );
    if (target.type === "layer" && target.guide) {
      feeds[`guide_${i}`] = floatTensor([count, target.guide.places], target.guide.features);
    }
  });
  return feeds;
}

function isSelected(target: Target, channel: number): boolean {
  if (target.type === "class") return channel === target.index;
  return target.channels?.some(([from, to]) => channel >= from && channel <= to) ?? true;
}

function sum(b: GraphBuilder, value: string, dims: readonly number[]): string {
  return b.op("ReduceSum", [value, b.ints(...dims.keys())], { keepdims: 0 });
}
