import type { Graph, Node } from "../graph.ts";
import { inferShapes } from "../shapes/infer-shapes.ts";
import { convWindow, numbers } from "../window.ts";
import type { Export } from "./make-shapes-dynamic.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

const whole: Readonly<Record<string, string>> = {
  AveragePool: "GlobalAveragePool",
  MaxPool: "GlobalMaxPool",
};
/** Ops that combine a pooled map with an unpooled one. A 1 × 1 map that reaches them is meant to stay a map. */
const meetings = new Set(["Add", "Sum", "Sub", "Concat"]);
const ends = new Set(["Flatten", "Reshape", "Resize", "Expand", "Mul"]);

/** Keep pools over the whole map global when the map grows, and keep pools that round up rounding up. */
export function makePoolsDynamic(graph: Graph, { own }: Pick<Export, "own">): Graph {
  const shapes = inferShapes(graph, own);
  const pools = new Set(graph.nodes.filter((node) => seesAll(node, shapes)));
  const vectors = summaries(graph, pools);
  const picture = fromPicture(graph);
  for (const pool of pools) if (!endsAsVector(graph, pool, vectors, picture)) pools.delete(pool);
  const nodes = graph.nodes.map(
    (node): Node =>
      pools.has(node) ? { ...node, op: whole[node.op]!, attributes: {} } : roundingUp(node, shapes),
  );
  return { ...graph, nodes };
}

function seesAll(node: Node, shapes: Shapes): boolean {
  const dims = shapes.get(node.inputs[0] ?? "");
  const kernel = numbers(node.attributes.kernel_shape);
  const padded = numbers(node.attributes.pads)?.some((amount) => amount !== 0);
  const all = dims?.length === 4 && kernel?.every((size, i) => size === dims[i + 2]);
  return Boolean(whole[node.op] && all && !padded && !node.outputs[1] && dims[2]! * dims[3]! > 1);
}

/**
 * Opsets up to 9 have no `ceil_mode`. For a pool that rounds up, PyTorch exports the end padding that the one size
 * needs, at least one pixel. Source: `get_pool_ceil_padding` of torch.onnx.
 */
function roundingUp(node: Node, shapes: Shapes): Node {
  const { kernel_shape, pads, strides, ceil_mode } = node.attributes;
  const [kernel, given, stride] = [numbers(kernel_shape), numbers(pads), numbers(strides)];
  const dims = shapes.get(node.inputs[0] ?? "")?.slice(2);
  if (node.op !== "MaxPool" || ceil_mode === 1 || !kernel || !given || !stride || !dims)
    return node;
  const begin = given.slice(0, 2);
  const ceiled = {
    ...node,
    attributes: { ...node.attributes, pads: [...begin, ...begin], ceil_mode: 1 },
  };
  const { outputDims } = convWindow(ceiled, dims, kernel);
  const written = dims.every((size, i) => {
    const last = (outputDims[i]! - 1) * stride[i]! + 1;
    const extra = kernel[i]! - (size + 2 * begin[i]! - last);
    return stride[i]! > 1 && given[i + 2]! - begin[i]! === Math.min(extra, kernel[i]! - 1);
  });
  return written ? ceiled : node;
}

/** Values that depend on the picture only through `pools`. */
function summaries(graph: Graph, pools: ReadonlySet<Node>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of graph.nodes)
    if (pools.has(node) || node.inputs.some((name) => found.has(name)))
      for (const name of node.outputs) found.add(name);
  return found;
}

function fromPicture(graph: Graph): ReadonlySet<string> {
  const found = new Set(graph.inputs.map(({ name }) => name));
  for (const node of graph.nodes)
    if (node.inputs.some((name) => found.has(name)))
      for (const name of node.outputs) found.add(name);
  return found;
}

/** Whether the output of `pool` is used as a summary of the map, not as a 1 × 1 map for later layers. */
function endsAsVector(
  graph: Graph,
  pool: Node,
  vectors: ReadonlySet<string>,
  picture: ReadonlySet<string>,
): boolean {
  const reached = new Set(pool.outputs);
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => reached.has(name)) || ends.has(node.op)) continue;
    const kernel = numbers(node.attributes.kernel_shape) ?? [];
    if (kernel.some((size) => size > 1)) return false;
    const other = node.inputs.some((name) => picture.has(name) && !vectors.has(name));
    if (meetings.has(node.op) && other) return false;
    for (const name of node.outputs) reached.add(name);
  }
  return true;
}
