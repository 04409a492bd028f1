import type { Graph, Node } from "../graph/graph.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { Layer } from "../network.ts";

/** Ops that end a unit of a network: what comes out of them is worth a line in a listing. */
const layerOps = new Set([
  "Relu",
  "LeakyRelu",
  "PRelu",
  "Clip",
  "Sigmoid",
  "HardSwish",
  "Gelu",
  "Elu",
  "Selu",
  "Concat",
  "Add",
  "Sum",
  "MaxPool",
  "AveragePool",
  "GlobalAveragePool",
  "Gemm",
  "MatMul",
]);

/**
 * The layers of a network seen at `size` × `size` px: name, op, channels, stride.
 * With `named`, only those values, in execution order.
 */
export function listLayers(
  graph: Graph,
  size: number,
  named?: Readonly<Record<string, string>>,
): Layer[] {
  const input = graph.inputs[0]!.name;
  const shapes = inferShapes(graph, { [input]: [1, 3, size, size] });
  const layers: Layer[] = [];
  for (const node of graph.nodes) {
    for (const name of node.outputs) {
      const dims = shapes.get(name);
      if (!dims || !isLayer(node, dims) || (named && !(name in named))) continue;
      const about = named?.[name];
      layers.push({
        name,
        op: node.op,
        channels: dims[1]!,
        stride: dims.length === 4 ? Math.round(size / dims[2]!) : 0,
        ...(about === undefined ? {} : { about }),
      });
    }
  }
  return layers;
}

function isLayer(node: Node, dims: readonly number[]): boolean {
  return (
    dims[0] === 1 &&
    (dims.length === 4 || dims.length === 2) &&
    (layerOps.has(node.op) || node.op === "Conv")
  );
}
