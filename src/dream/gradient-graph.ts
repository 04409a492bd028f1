import { GraphBuilder } from "../graph/builder.ts";
import { cutAt } from "../graph/cut.ts";
import type { Graph } from "../graph/graph.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import { backward } from "../graph/vjp/backward.ts";
import type { Network } from "../network.ts";
import { fitToSize } from "./fit-size.ts";
import { addObjective } from "./objective.ts";
import type { Target } from "./targets.ts";

/** The part of a network that its targets need, differentiated at one picture size. */
export interface DifferentiatedNetwork {
  /** Contains the forward and backward nodes and the objective's inputs; the caller adds the rest. */
  readonly builder: GraphBuilder;
  /** For each group of `groupTargets`, d total / d (the network's input), `[1, 3, height, width]`. */
  readonly gradients: readonly string[];
  /** Unweighted objective of each target, scalars. */
  readonly losses: readonly string[];
  readonly total: string;
  /** For `objectiveFeeds`. */
  readonly shapes: readonly (readonly number[])[];
  /** Name of the value for the source picture, if a target is a caricature. */
  readonly source: string | undefined;
}

/**
 * Cut `network` at `targets` and add their objective and the backward pass for pictures of `height` × `width` px. The
 * caller must declare or compute the network's input value, and also `source`: for a caricature, the network also runs on
 * the source picture as it is seen at this step. `givenNorms` is that of `addObjective`.
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
    const { graph, shapes: known } = fitToSize(
      cut,
      network.input,
      height,
      width,
      network.nativeSize,
    );
    const builder = new GraphBuilder({ ...graph, inputs: [], outputs: [] });
    const compared = targets.flatMap((target) => (isCaricature(target) ? [target.value] : []));
    const second =
      compared.length > 0 ? addSecondPass(builder, graph, network.input, compared) : undefined;
    const { losses, seeds, total, shapes } = addObjective(
      builder,
      targets,
      known,
      givenNorms,
      second?.values,
    );
    const gradients = seeds.map((own) => backward(builder, graph, known, own, network.input));
    return { builder, gradients, losses, total, shapes, source: second?.input };
  });
}

/** Whether a target compares the picture with the source. */
export function isCaricature(target: Target): boolean {
  return target.type === "layer" && target.objective?.type === "caricature";
}

/** Duplicate the nodes of `graph` that compute `names`, for another picture. */
function addSecondPass(
  b: GraphBuilder,
  graph: Graph,
  input: string,
  names: readonly string[],
): { input: string; values: ReadonlyMap<string, string> } {
  const values = new Map([[input, b.unique("source_picture")]]);
  for (const node of cutAt(graph, names).nodes) {
    if (!node.inputs.some((name) => values.has(name))) continue;
    for (const name of node.outputs) values.set(name, b.unique(`source_${name}`));
    const inputs = node.inputs.map((name) => values.get(name) ?? name);
    const outputs = node.outputs.map((name) => values.get(name)!);
    b.node({ ...node, name: `${node.name || outputs[0]} of the source`, inputs, outputs });
  }
  return { input: values.get(input)!, values };
}

/** A graph, and the shapes of its targets' values. */
export interface ObjectiveGraph {
  readonly graph: Graph;
  /** For `objectiveFeeds`. */
  readonly shapes: readonly (readonly number[])[];
}

/**
 * The graph of the exact derivative of the objective, without jitter or normalisation. Inputs: the network's input and, for
 * caricatures, `source`, both `[1, 3, H, W]`, and those of the objective. Outputs: `loss` `[]`, `gradient` `[1, 3, H, W]`.
 */
export function gradientGraph(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
): ObjectiveGraph {
  const {
    builder: b,
    gradients,
    total,
    shapes,
    source,
  } = differentiate(network, targets, height, width);
  addInputs(b, network.input, source, height, width);
  b.output(b.op("Identity", [total], {}, "loss"), []);
  const gradient = gradients.reduce((sum, one) => b.op("Add", [sum, one]));
  b.output(b.op("Identity", [gradient], {}, "gradient"), [1, 3, height, width]);
  return { graph: b.build(), shapes };
}

/**
 * The graph of the derivative of the objective for one tile of a picture. Inputs: those of `gradientGraph`, and `norms`
 * `[T]`. Outputs: the tile's `losses` `[T]`, and `gradient_g` `[1, 3, H, W]` for group g of `groupTargets`.
 */
export function tileGraph(
  network: Network,
  targets: readonly Target[],
  height: number,
  width: number,
): ObjectiveGraph {
  const parts = differentiate(network, targets, height, width, true);
  const { builder: b, gradients, losses, shapes, source } = parts;
  addInputs(b, network.input, source, height, width);
  addLosses(b, losses);
  gradients.forEach((gradient, g) => {
    b.opNamed("Identity", [gradient], {}, `gradient_${g}`);
    b.output(`gradient_${g}`, [1, 3, height, width]);
  });
  return { graph: b.build(), shapes };
}

function addInputs(
  b: GraphBuilder,
  input: string,
  source: string | undefined,
  height: number,
  width: number,
): void {
  const dims = [1, 3, height, width];
  b.input(input, dims);
  if (source !== undefined) b.opNamed("Identity", [b.input("source", dims)], {}, source);
}

/** Add the output `losses` `[T]`. */
export function addLosses(b: GraphBuilder, losses: readonly string[]): void {
  const list = losses.map((loss) => b.op("Reshape", [loss, b.ints(1)]));
  b.output(b.op("Concat", list, { axis: 0 }, "losses"), [losses.length]);
}
