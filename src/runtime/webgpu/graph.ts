import { GraphBuilder } from "../../graph/builder.ts";
import { floatTensor, type Graph, type Node } from "../../graph/graph.ts";
import { resizeMatrix } from "../../graph/resize-matrix.ts";
import { inferShapes } from "../../graph/shapes/infer-shapes.ts";
import { addConv, needsOtherConv } from "./conv.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;
type Rewrite = (b: GraphBuilder, node: Node, shapes: Shapes, graph: Graph) => void;

/**
 * Rewrite `graph` without the ops that onnxruntime's WebGPU provider falls back to the CPU for, with copies in both
 * directions (Sum, Sign), refuses (antialiasing), or computes wrongly (some convolutions).
 */
export function rewriteForWebGpu(graph: Graph): Graph {
  const wanted = graph.nodes.filter((node) => rewriteOf(node, graph));
  if (wanted.length === 0) return graph;
  const shapes: Shapes = wanted.some(isAntialiased) ? inferShapes(graph, {}) : new Map();
  const b = new GraphBuilder({ ...graph, nodes: [] });
  // Reserve all names of `graph` before nodes are added.
  for (const { outputs } of graph.nodes) for (const name of outputs) b.unique(name);
  for (const node of graph.nodes) {
    const rewrite = rewriteOf(node, graph);
    if (rewrite) rewrite(b, node, shapes, graph);
    else b.node(node);
  }
  return b.build();
}

function rewriteOf(node: Node, graph: Graph): Rewrite | undefined {
  if (needsOtherConv(node, graph)) return addConv;
  if (node.op === "Sum") return addSum;
  if (node.op === "Sign") return addSign;
  return isAntialiased(node) ? addResize : undefined;
}

function isAntialiased({ op, attributes }: Node): boolean {
  return op === "Resize" && attributes.antialias === 1;
}

const addSum: Rewrite = (b, { inputs, outputs }) => {
  const [first, ...rest] = inputs as [string, ...string[]];
  const last = rest.pop();
  if (last === undefined) {
    b.opNamed("Identity", [first], {}, outputs[0]!);
    return;
  }
  const sum = rest.reduce((so, next) => b.op("Add", [so, next], {}, "partial_sum"), first);
  b.opNamed("Add", [sum, last], {}, outputs[0]!);
};

/** −1, 0 or 1: multiplications bring every normal number beyond ±1, and a clip follows. */
const addSign: Rewrite = (b, { inputs, outputs }) => {
  const huge = b.op("Mul", [b.op("Mul", [inputs[0]!, b.scalar(1e30)]), b.scalar(1e30)]);
  b.opNamed("Clip", [huge, b.scalar(-1), b.scalar(1)], {}, outputs[0]!);
};

/** Antialiasing has no effect on enlargement; reduction is y = R·x·Cᵀ over height and width. */
const addResize: Rewrite = (b, node, shapes) => {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const [from, to] = [shapes.get(x)!, shapes.get(y)!];
  if (to.every((size, axis) => size >= from[axis]!)) {
    const { antialias: _, ...attributes } = node.attributes;
    b.node({ ...node, attributes });
    return;
  }
  const matrix = (axis: number): Float32Array =>
    resizeMatrix(node, from[axis]!, to[axis]!, to[axis]! / from[axis]!)!;
  const rows = b.constant(floatTensor([to[2]!, from[2]!], matrix(2)), "resize_rows");
  const across = floatTensor([from[3]!, to[3]!]);
  const columns = matrix(3);
  for (let i = 0; i < to[3]!; i++)
    for (let j = 0; j < from[3]!; j++) across.data[j * to[3]! + i] = columns[i * from[3]! + j]!;
  const narrow = b.op("MatMul", [x, b.constant(across, "resize_columns")]);
  b.opNamed("MatMul", [rows, narrow], {}, y);
};
