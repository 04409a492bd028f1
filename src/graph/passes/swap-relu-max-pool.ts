import type { Graph, Node } from "../graph.ts";
import { numbers } from "../window.ts";

/**
 * Swap every Relu with the strided MaxPool that is its only reader: the result is the same, and the backward pass
 * masks a quarter of the values. Outputs keep their names.
 */
export function swapReluMaxPool(graph: Graph): Graph {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const swapped = new Map<Node, Node>();
  for (const relu of graph.nodes) {
    const [pool, ...others] = readers.get(relu.outputs[0]!) ?? [];
    if (relu.op !== "Relu" || pool?.op !== "MaxPool" || others.length > 0) continue;
    if (wanted.has(relu.outputs[0]!) || pool.outputs.length > 1) continue;
    if (!numbers(pool.attributes.strides)?.some((stride) => stride > 1)) continue;
    swapped.set(relu, { ...pool, inputs: relu.inputs, outputs: relu.outputs });
    swapped.set(pool, { ...relu, inputs: relu.outputs, outputs: pool.outputs });
  }
  return { ...graph, nodes: graph.nodes.map((node) => swapped.get(node) ?? node) };
}
