import { backward } from "../graph/backward.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { cutAt } from "../graph/cut.ts";
import type { Graph } from "../graph/graph.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { Network } from "../network.ts";
import { addObjective } from "./objective.ts";
import type { Target } from "./targets.ts";

/** The part of a network that `targets` need, differentiated at one picture size. */
export interface DifferentiatedNetwork {
  /** Holds the forward and backward nodes and the input `weights` `[T]`; the caller adds the rest. */
  readonly builder: GraphBuilder;
  /** The network's input `[1, 3, height, width]`, still to be produced or declared by the caller. */
  readonly frame: string;
  /** d total / d frame. */
  readonly gradient: string;
  readonly losses: readonly string[];
  readonly total: string;
}

/**
 * Cut `network` at `targets`, add their objective and the backward pass for pictures of
 * `height` × `width` px. `prepare` makes the network's input from the caller's own inputs.
 */
export function differentiate(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
  prepare: (b: GraphBuilder, frame: string) => readonly PreparedNode[] = () => [],
): DifferentiatedNetwork {
  const cut = cutAt(network.graph, [...new Set(targets.map((target) => target.value))]);
  const frame = network.input;
  const shapes = inferShapes(cut, { [frame]: [1, 3, height, width] });
  void prepare;
  const builder = new GraphBuilder({ ...cut, inputs: [], outputs: [] });
  const weights = builder.input("weights", [targets.length]);
  const { losses, seeds, total } = addObjective(builder, targets, shapes, weights);
  const gradient = backward(builder, cut, shapes, seeds, frame);
  return { builder, frame, gradient, losses, total };
}

interface PreparedNode {
  readonly output: string;
}

/**
 * The exact derivative of the objective: inputs `frame` `[1, 3, H, W]` and `weights` `[T]`,
 * outputs `loss` and `gradient`. No jitter, no normalisation.
 */
export function gradientGraph(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
): Graph {
  const { builder: b, frame, gradient, total } = differentiate(network, targets, height, width);
  b.input(frame, [1, 3, height, width]);
  b.output(rename(b, total, "loss"), []);
  b.output(rename(b, gradient, "gradient"), [1, 3, height, width]);
  return b.build();
}

function rename(b: GraphBuilder, value: string, hint: string): string {
  return b.op("Identity", [value], {}, hint);
}
