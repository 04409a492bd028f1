/**
 * Objectives as graph nodes: a loss for each target, and the cotangents that start the backward pass. The objective of a
 * layer is ½·mean(a²) over its activations, the published L2 objective (google/deepdream); that of a class is its logit;
 * that of a guided layer is its likeness to the guide. `layer-objective.ts` has the others. Channels, class, weights and
 * guide are inputs of the graph, so that animating them needs no other graph.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor, intTensor } from "../graph/graph.ts";
import { addLayerObjective, placeFeed, type View } from "./layer-objective.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";

export interface ObjectiveNodes {
  /** Value name of each target's unweighted objective, float32 scalar. */
  readonly losses: readonly string[];
  /** For each group of `groupTargets`, the cotangent of each targeted value, including weights, for `backward`. */
  readonly seeds: readonly ReadonlyMap<string, string>[];
  /** The weighted total, a scalar, as documented at `LoadedNetwork.gradient`. */
  readonly total: string;
  /** Shape of each target's value, for `objectiveFeeds`. */
  readonly shapes: readonly (readonly number[])[];
}

/** A target as it enters the graph. */
interface Entry {
  readonly target: Target;
  readonly dims: readonly number[];
  /** 0 or 1 per channel. */
  readonly selection: string;
  readonly guide: string;
  readonly place: string;
  /** The target's value for the source picture, for caricatures. */
  readonly source: string | undefined;
}

/**
 * One target's objective and its cotangent: seed = share × factor × pull. The pull is a whole cotangent, or with
 * `onActivations` a vector of channels that multiplies the activations.
 */
interface Term {
  readonly loss: string;
  readonly pull: string;
  readonly factor?: string;
  readonly onActivations: boolean;
}

/**
 * Add the objective of `targets` to `b`; `known` has the shapes of the graph's values. New inputs are `weights` `[T]` and,
 * for target i, `selection_i` with 0 or 1 per channel (or a direction's values), `guide_i` `[C, M]` with a guide, and
 * `place_i` for a neuron. `sourceOf` has the names of values for the source picture.
 *
 * With several targets, each layer's gradient is divided by its own detached objective, so the total is
 * Σ weight·ln(½·mean(a²)) and weights are shares; logits are not changed. Objectives that may be negative are divided by
 * their magnitude: Σ weight·sign(L)·ln|L|. Targets in one layer share its squares and its seed, so an ensemble of channels
 * costs little more than one channel.
 *
 * With `givenNorms`, the input `norms` `[T]` replaces those objectives, because a tile sees only a part of the picture but
 * must be balanced as the whole.
 */
export function addObjective(
  b: GraphBuilder,
  targets: readonly Target[],
  known: ReadonlyMap<string, readonly number[]>,
  givenNorms = false,
  sourceOf: ReadonlyMap<string, string> = new Map(),
): ObjectiveNodes {
  const weights = b.input("weights", [targets.length]);
  const norms = givenNorms ? b.input("norms", [targets.length]) : undefined;
  const losses: string[] = [];
  const terms: string[] = [];
  const shapes: (readonly number[])[] = [];
  const squares = new Map<string, string>();
  const groups = groupTargets(targets).map(({ members }) => ({
    members,
    vectors: new Map<string, string>(),
    seeds: new Map<string, string>(),
  }));
  const accumulate = (sums: Map<string, string>, value: string, name: string): void => {
    const known = sums.get(value);
    sums.set(value, known ? b.op("Add", [known, name], {}, "seed") : name);
  };
  targets.forEach((target, i) => {
    const dims = known.get(target.value)!;
    shapes.push(dims);
    const selection = b.input(`selection_${i}`, selectionDims(dims));
    const entry: Entry = {
      target,
      dims,
      selection,
      guide: `guide_${i}`,
      place: `place_${i}`,
      source: sourceOf.get(target.value),
    };
    const { loss, pull, factor, onActivations } = addTerm(b, entry, squares);
    losses.push(loss);
    const weight = b.op("Gather", [weights, b.constant(intTensor([i], []))], {}, "weight");
    const sharing = targets.length > 1 && target.type !== "class";
    const own = sharing ? b.op("Add", [b.op("Abs", [loss]), b.scalar(1e-20)]) : loss;
    const logarithm = sharing && b.op("Log", [own]);
    const signed = logarithm && target.type === "layer" && target.objective;
    const term = signed ? b.op("Mul", [b.op("Div", [loss, own]), logarithm]) : logarithm || loss;
    terms.push(b.op("Mul", [weight, term]));
    const norm = norms && b.op("Gather", [norms, b.constant(intTensor([i], []))], {}, "norm");
    const share = sharing ? b.op("Div", [weight, norm ?? own]) : weight;
    const strength = factor ? b.op("Mul", [share, factor]) : share;
    const scaled = b.op("Mul", [pull, strength], {}, "pull");
    const { vectors, seeds } = groups.find(({ members }) => members.includes(i))!;
    accumulate(onActivations ? vectors : seeds, target.value, scaled);
  });
  for (const { vectors, seeds } of groups)
    for (const [value, vector] of vectors)
      accumulate(seeds, value, b.op("Mul", [value, vector], {}, "seed"));
  const total = terms.length === 1 ? terms[0]! : b.op("Sum", terms, {}, "total");
  return { losses, seeds: groups.map(({ seeds }) => seeds), total, shapes };
}

function addTerm(b: GraphBuilder, entry: Entry, squares: Map<string, string>): Term {
  const { target, dims, selection } = entry;
  if (target.type === "class") {
    const selected = b.op("Mul", [target.value, selection], {}, "selected");
    return { loss: sum(b, selected, dims), pull: selection, onActivations: false };
  }
  if (target.objective) {
    const layer = { ...entry, value: target.value };
    return { ...addLayerObjective(b, layer, target.objective), onActivations: false };
  }
  if (target.guide) return addLikeness(b, entry, target.guide.places);
  let square = squares.get(target.value);
  if (square === undefined) {
    const space = [...dims.keys()].slice(2);
    const squared = b.op("Mul", [target.value, target.value]);
    square =
      space.length > 0 ? b.op("ReduceSum", [squared, b.ints(...space)], { keepdims: 1 }) : squared;
    squares.set(target.value, square);
  }
  const places = dims.slice(2).reduce((a, c) => a * c, 1);
  // 1 / number of selected activations.
  const count = b.op("Mul", [sum(b, selection, dims), b.scalar(places)], {}, "count");
  const factor = b.op("Reciprocal", [count], {}, "factor");
  const half = b.op("Mul", [factor, b.scalar(0.5)]);
  const energy = sum(b, b.op("Mul", [square, selection]), dims);
  const loss = b.op("Mul", [energy, half], {}, "objective");
  return { loss, pull: selection, factor, onActivations: true };
}

/**
 * Mean over positions of the largest dot product with any feature of the guide `[C, M]`. With M = 1, for the mean feature,
 * it is the mean dot product. Source: google/deepdream, `objective_guide`.
 */
function addLikeness(
  b: GraphBuilder,
  { target, dims, selection, guide: name }: Entry,
  guidePlaces: number,
): Term {
  const guide = b.input(name, [dims[1]!, guidePlaces]);
  const selected = b.op("Mul", [target.value, selection], {}, "selected");
  const places = dims.slice(2).reduce((a, c) => a * c, 1);
  const flat = b.op("Reshape", [selected, b.ints(dims[1]!, places)]);
  const products = b.op("MatMul", [b.op("Transpose", [flat], { perm: [1, 0] }), guide]);
  const best = b.op("ArgMax", [products], { axis: 1, keepdims: 0 }, "best_match");
  const matched = b.op("Reshape", [b.op("Gather", [guide, best], { axis: 1 }), b.ints(...dims)]);
  const pull = b.op("Mul", [matched, selection], {}, "matched");
  const factor = b.scalar(1 / places);
  const likeness = sum(b, b.op("Mul", [selected, pull]), dims);
  const loss = b.op("Mul", [likeness, factor], {}, "likeness");
  return { loss, pull, factor, onActivations: false };
}

/** The inputs of `addObjective` except the positions of neurons. `shapes` has the shapes of the targets' values. */
export function objectiveFeeds(
  targets: readonly Target[],
  weights: readonly number[],
  shapes: readonly (readonly number[])[],
): Record<string, FloatTensor> {
  const feeds: Record<string, FloatTensor> = { weights: floatTensor([weights.length], weights) };
  targets.forEach((target, i) => {
    const dims = selectionDims(shapes[i]!);
    const count = dims[1]!;
    const objective = target.type === "layer" ? target.objective : undefined;
    const numbers = objective?.type === "direction" ? objective.values : undefined;
    feeds[`selection_${i}`] = floatTensor(
      dims,
      Array.from({ length: count }, (_, c) => (isSelected(target, c) ? (numbers?.[c] ?? 1) : 0)),
    );
    if (target.type === "layer" && target.guide) {
      feeds[`guide_${i}`] = floatTensor([count, target.guide.places], target.guide.features);
    }
  });
  return feeds;
}

/** The inputs that mark the positions of neurons for a picture at `view`. */
export function placeFeeds(
  targets: readonly Target[],
  shapes: readonly (readonly number[])[],
  view: View,
): Record<string, FloatTensor> {
  const feeds: Record<string, FloatTensor> = {};
  targets.forEach((target, i) => {
    if (target.type === "layer" && target.objective?.type === "neuron")
      feeds[`place_${i}`] = placeFeed(shapes[i]!, target.objective.at, view);
  });
  return feeds;
}

function selectionDims(dims: readonly number[]): number[] {
  return dims.map((d, axis) => (axis === 1 ? d : 1));
}

function isSelected(target: Target, channel: number): boolean {
  if (target.type === "class") return channel === target.index;
  return target.channels?.some(([from, to]) => channel >= from && channel <= to) ?? true;
}

function sum(b: GraphBuilder, value: string, dims: readonly number[]): string {
  return b.op("ReduceSum", [value, b.ints(...dims.keys())], { keepdims: 0 });
}
