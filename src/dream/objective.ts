/**
 * Objectives as graph nodes: a loss for each target, and the cotangents that start the backward pass.
 * A layer's objective is ½·mean(a²) over its activations, the published L2 objective
 * (google/deepdream), a class's its logit.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import type { Target } from "./targets.ts";

export interface ObjectiveNodes {
  /** Value name of each target's unweighted objective, float32 scalar. */
  readonly losses: readonly string[];
  /** Cotangent of each targeted value, weights included: the seeds of `backward`. */
  readonly seeds: ReadonlyMap<string, string>;
  /** The scalar all of it sums to, as `Network.gradient` documents it. */
  readonly total: string;
}

/**
 * Add the objective of `targets` to `b`. `weights` is a float32 value `[T]` given at run time.
 *
 * With several targets each layer's gradient is divided by its own detached objective, so the total
 * is Σ weight·ln(½·mean(a²)) and weights are shares; logits enter as they are.
 */
export function addObjective(
  b: GraphBuilder,
  targets: readonly Target[],
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: string,
): ObjectiveNodes {
  const several = targets.length > 1;
  const losses: string[] = [];
  const terms: string[] = [];
  const seeds = new Map<string, string>();
  targets.forEach((target, i) => {
    const dims = shapes.get(target.value)!;
    const weight = b.op(
      "Gather",
      [weights, b.constant({ type: "int64", dims: [], data: BigInt64Array.of(BigInt(i)) })],
      {},
      "weight",
    );
    const mask = b.constant(floatTensor(...selection(target, dims)), "selection");
    const selected = b.op("Mul", [target.value, mask], {}, "selected");
    let seed: string;
    if (target.type === "class") {
      const logit = b.op("ReduceSum", [selected, allAxes(b, dims)], { keepdims: 0 }, "objective");
      losses.push(logit);
      terms.push(b.op("Mul", [weight, logit]));
      seed = b.op("Mul", [mask, weight], {}, "seed");
    } else {
      const count = activations(target, dims);
      const squares = b.op(
        "ReduceSum",
        [b.op("Mul", [selected, selected]), allAxes(b, dims)],
        { keepdims: 0 },
        "squares",
      );
      const loss = b.op("Mul", [squares, b.scalar(0.5 / count)], {}, "objective");
      losses.push(loss);
      const guarded = b.op("Add", [loss, b.scalar(1e-20)]);
      terms.push(b.op("Mul", [weight, several ? b.op("Log", [guarded]) : loss]));
      const share = several ? b.op("Div", [weight, guarded]) : weight;
      seed = b.op("Mul", [selected, b.op("Mul", [share, b.scalar(1 / count)])], {}, "seed");
    }
    const known = seeds.get(target.value);
    seeds.set(target.value, known ? b.op("Add", [known, seed], {}, "seed") : seed);
  });
  const total = terms.length === 1 ? terms[0]! : b.op("Sum", terms, {}, "total");
  return { losses, seeds, total };
}

/** A 0/1 mask that broadcasts over the target's value. */
function selection(target: Target, dims: readonly number[]): [number[], number[]] {
  if (target.type === "class") {
    const mask = Array.from({ length: dims.reduce((a, c) => a * c, 1) }, (_, i) =>
      Number(i === target.index),
    );
    return [[...dims], mask];
  }
  if (!target.channels) return [[], [1]];
  const [from, to] = target.channels;
  const mask = Array.from({ length: dims[1]! }, (_, c) => Number(c >= from && c <= to));
  return [dims.map((d, axis) => (axis === 1 ? d : 1)), mask];
}

function activations(target: Target & { type: "layer" }, dims: readonly number[]): number {
  const all = dims.reduce((a, c) => a * c, 1);
  return target.channels ? (all / dims[1]!) * (target.channels[1] - target.channels[0] + 1) : all;
}

function allAxes(b: GraphBuilder, dims: readonly number[]): string {
  return b.ints(...dims.keys());
}
