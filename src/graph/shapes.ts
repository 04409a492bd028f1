/**
 * Static shapes of every value, for concrete input sizes. Graphs are specialised per picture size,
 * so nothing is symbolic; small integer tensors are evaluated, so that computed Reshape targets are known.
 */
import { DreamError } from "../errors.ts";
import type { Graph, Node, Tensor } from "./graph.ts";
import { type ShapeContext, shapeRules } from "./shape-rules.ts";
import { evaluateIntegers } from "./shape-values.ts";

/**
 * Shapes of all values of `graph` when its inputs have `inputDims`.
 * Throws `MODEL_UNSUPPORTED_OP` for an op without a rule, `SHAPE_MISMATCH` where shapes do not fit.
 */
export function inferShapes(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const integers = new Map<string, readonly number[]>();
  for (const [name, tensor] of graph.initializers) {
    shapes.set(name, tensor.dims);
    const values = integerValues(tensor);
    if (values) integers.set(name, values);
  }
  for (const { name, dims } of graph.inputs) {
    const given =
      inputDims[name] ??
      (dims.every((d) => typeof d === "number") ? (dims as number[]) : undefined);
    if (!given)
      throw new DreamError(
        "SHAPE_MISMATCH",
        `no size given for the graph's input "${name}" [${dims.join(", ")}]`,
      );
    shapes.set(name, given);
  }
  for (const node of graph.nodes) inferNode(node, shapes, integers);
  return shapes;
}

function inferNode(
  node: Node,
  shapes: Map<string, readonly number[]>,
  integers: Map<string, readonly number[]>,
): void {
  const rule = shapeRules[node.op];
  if (!rule) {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `op ${node.op} (node "${node.name || node.outputs[0]}") is not supported`,
      {
        hint: "Layers before it can be used; ARCHITECTURE.md lists the supported ops.",
      },
    );
  }
  const context: ShapeContext = {
    node,
    dims: (index) => {
      const dims = shapes.get(node.inputs[index] ?? "");
      if (!dims) throw mismatch(node, shapes, `input ${index} has no shape`);
      return dims;
    },
    has: (index) => Boolean(node.inputs[index]),
    integers: (index) => integers.get(node.inputs[index] ?? ""),
    fail: (message) => mismatch(node, shapes, message),
  };
  const outputs = rule(context);
  outputs.forEach((dims, i) => {
    const name = node.outputs[i];
    if (!name) return;
    if (dims.some((d) => !Number.isInteger(d) || d < 0))
      throw mismatch(node, shapes, `its output would be [${dims.join(", ")}]`);
    shapes.set(name, dims);
  });
  const values = evaluateIntegers(context, shapes);
  if (values && node.outputs[0]) integers.set(node.outputs[0], values);
}

function mismatch(
  node: Node,
  shapes: ReadonlyMap<string, readonly number[]>,
  message: string,
): DreamError {
  const inputs = node.inputs
    .filter(Boolean)
    .map((name) => `${name} [${shapes.get(name)?.join(", ") ?? "?"}]`);
  return new DreamError(
    "SHAPE_MISMATCH",
    `${node.op} "${node.name || node.outputs[0]}": ${message}; inputs: ${inputs.join(", ")}`,
    {
      hint: "The picture may be too small for this network, or the network wants its native size for this layer.",
    },
  );
}

/** Values of a small integer tensor. */
function integerValues(tensor: Tensor): readonly number[] | undefined {
  if ((tensor.type !== "int64" && tensor.type !== "int32") || tensor.data.length > 4096)
    return undefined;
  return Array.from(tensor.data, Number);
}
