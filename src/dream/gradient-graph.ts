import { GraphBuilder } from "../graph/builder.ts";
import { cutAt } from "../graph/cut.ts";
import type { Graph } from "../graph/graph.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import { backward } from "../graph/vjp/backward.ts";
import type { Network } from "../network.ts";
import { fitToSize } from "./fit-size.ts";
import { addObjective } from "./objective.ts";
import type { Target } from "./targets.ts";

/** The part of a network that `targets` need, differentiated at one picture size. */
export interface DifferentiatedNetwork {
  /** Holds the forward and backward nodes and the objective's inputs; the caller adds the rest. */
  readonly builder: GraphBuilder;
  /** d total / d (the network's input), `[1, 3, height, width]`. */
  readonly gradient: string;
  /** Unweighted objective of each target, scalars. */
  readonly losses: readonly string[];
  readonly total: string;
  /** For `objectiveFeeds`. */
  readonly selections: readonly (readonly number[])[];
}

/**
 * Cut `network` at `targets` and add their objective and the backward pass for pictures of
 * `height` × `width` px. The network's input value is left for the caller to declare or to make. `givenNorms` as in
 * `addObjective`.
 */
export function differentiate(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
  givenNorms = false,
): DifferentiatedNetwork {
  return onForeignGraph(() => {
    const cut = cutAt(network.graph, [...new Set(targets.map((target) => target.value))]);
    const { graph, shapes } = fitToSize(cut, network.input, height, width, network.nativeSize);
    const builder = new GraphBuilder({ ...graph, inputs: [], outputs: [] });
    const { losses, seeds, total, selections } = addObjective(builder, targets, shapes, givenNorms);
    const gradient = backward(builder, graph, shapes, seeds, network.input);
    return { builder, gradient, losses, total, selections };
  });
}

/** A graph, and what its inputs for the objective look like. */
export interface ObjectiveGraph {
  readonly graph: Graph;
  /** For `objectiveFeeds`. */
  readonly selections: readonly (readonly number[])[];
}

/**
 * The exact derivative of the objective: inputs `frame` `[1, 3, H, W]` and the objective's,
 * outputs `loss` and `gradient`. No jitter, no normalisation.
 */
export function gradientGraph(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
): ObjectiveGraph {
  const {
    builder: b,
    gradient,
    total,
    selections,
  } = differentiate(network, targets, height, width);
  b.input(network.input, [1, 3, height, width]);
  b.output(b.op("Identity", [total], {}, "loss"), []);
  b.output(b.op("Identity", [gradient], {}, "gradient"), [1, 3, height, width]);
  return { graph: b.build(), selections };
}

/**
 * The derivative of the objective for one tile of a picture: inputs `frame` `[1, 3, H, W]`, the objective's and `norms`
 * `[T]`, outputs `losses` `[T]`, those of the tile, and `gradient`.
 */
export function tileGraph(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
): ObjectiveGraph {
  const parts = differentiate(network, targets, height, width, true);
  const { builder: b, gradient, losses, selections } = parts;
  b.input(network.input, [1, 3, height, width]);
  addLosses(b, losses);
  b.output(b.op("Identity", [gradient], {}, "gradient"), [1, 3, height, width]);
  return { graph: b.build(), selections };
}

/** The output `losses` `[T]`. */
export function addLosses(b: GraphBuilder, losses: readonly string[]): void {
  const list = losses.map((loss) => b.op("Reshape", [loss, b.ints(1)]));
  b.output(b.op("Concat", list, { axis: 0 }, "losses"), [losses.length]);
}
