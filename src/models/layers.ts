import type { Graph, Node } from "../graph/graph.ts";
import { inferShapes } from "../graph/shapes/infer-shapes.ts";
import type { Layer } from "../network.ts";
import { costShares } from "./cost.ts";
import { receptiveFields } from "./receptive-field.ts";

/** Ops that end a unit of a network; their outputs are listed as layers. */
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
 * The layers of a network at `size` × `size` px, in execution order. With `named`, only those values. `aliases` are
 * published names with the values that they stand for.
 */
export function listLayers(
  graph: Graph,
  size: number,
  aliases: ReadonlyMap<string, string>,
  named?: Readonly<Record<string, string>>,
): Layer[] {
  const input = graph.inputs[0]!.name;
  const shapes = inferShapes(graph, { [input]: [1, 3, size, size] });
  const fields = receptiveFields(graph, input, shapes);
  const found = graph.nodes.flatMap((node) =>
    node.outputs.flatMap((name) => {
      const dims = shapes.get(name);
      const listed = dims && isLayer(node, dims) && (!named || name in named);
      // A receptive field of one pixel indicates preprocessing.
      if (Math.max(...(fields.get(name)?.size ?? [])) === 1) return [];
      return listed ? [{ node, name, dims }] : [];
    }),
  );
  const costs = costShares(
    graph,
    found.map(({ name }) => name),
    shapes,
  );
  return found.map(({ node, name, dims }): Layer => {
    const published = [...aliases].filter(([, value]) => value === name).map(([alias]) => alias);
    const about = named?.[name];
    const { size: seen, jump } = fields.get(name)!;
    const isMap = dims.length === 4 && Math.max(dims[2]!, dims[3]!) > 1;
    return {
      name,
      op: node.op,
      channels: dims[1]!,
      stride: isMap ? Math.max(...jump) : 0,
      receptiveField: Math.max(...seen),
      cost: costs.get(name)!,
      ...(published.length > 0 ? { aliases: published } : {}),
      about,
    };
  });
}

function isLayer(node: Node, dims: readonly number[]): boolean {
  return (
    dims[0] === 1 &&
    (dims.length === 4 || dims.length === 2) &&
    (layerOps.has(node.op) || node.op === "Conv")
  );
}
