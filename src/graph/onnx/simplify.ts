import { cutAt } from "../cut.ts";
import { floatTensor, type Graph, intTensor, type Node, type Tensor } from "../graph.ts";
import { numbers } from "../window.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { upgradeOpset } from "./upgrade-opset.ts";
import { widenWeights } from "./widen-weights.ts";

export interface Simplified {
  readonly graph: Graph;
  /** Names of removed values, with the value that replaces each. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Convert an exported network into the form that is differentiated: float32 constants, one opset, batch norm folded,
 * no Identity or Dropout. Removed values stay accessible through `aliases`.
 */
export function simplify(raw: Graph): Simplified {
  const folded = foldBatchNorm(upgradeOpset(liftConstants(widenWeights(raw))));
  const { graph, aliases } = dropPassThrough(folded);
  return {
    graph: cutAt(
      graph,
      graph.outputs.map((value) => value.name),
    ),
    aliases,
  };
}

/** Turn Constant nodes and copies of them into initializers: exporters share equal weights through Identity. */
function liftConstants(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const copied = node.op === "Identity" ? initializers.get(node.inputs[0]!) : undefined;
    const tensor = node.op === "Constant" ? constantOf(node) : copied;
    if (!tensor) return true;
    initializers.set(node.outputs[0]!, tensor);
    return false;
  });
  return { ...graph, nodes, initializers };
}

function constantOf({ attributes }: Node): Tensor | undefined {
  const { value, value_float: float, value_int: int } = attributes;
  if (typeof value === "object" && "data" in value) return value;
  if (typeof float === "number") return floatTensor([], [float]);
  if (typeof int === "number") return intTensor([int], []);
  const floats = numbers(attributes.value_floats);
  const ints = numbers(attributes.value_ints);
  if (floats) return floatTensor([floats.length], floats);
  return ints ? intTensor(ints) : undefined;
}

/** Remove nodes that pass their first input through unchanged. */
function dropPassThrough(graph: Graph): Simplified {
  const aliases = new Map<string, string>();
  const resolve = (name: string): string => aliases.get(name) ?? name;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const target = resolve(node.inputs[0] ?? "");
    if (node.op === "Identity" || node.op === "Dropout") {
      aliases.set(node.outputs[0]!, target);
    } else {
      nodes.push({ ...node, inputs: node.inputs.map(resolve) });
    }
  }
  const outputs = graph.outputs.map((value) => ({ ...value, name: resolve(value.name) }));
  return { graph: { ...graph, nodes, outputs }, aliases };
}
