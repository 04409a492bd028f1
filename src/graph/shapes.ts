/**
 * Static shapes of every value, for concrete input sizes. Graphs are specialised per picture size,
 * so nothing is symbolic; small integer tensors are evaluated, so that computed Reshape targets are known.
 */
import { DreamError } from "../errors.ts";
import type { Graph, Node, Tensor } from "./graph.ts";
import { highestRank, mostValues } from "./onnx-tensor.ts";
import { type ShapeContext, shapeRules } from "./shape-rules.ts";
import { evaluateKnown, type KnownValues } from "./shape-values.ts";

/** What can be told of a graph's values before it runs. */
export interface Analysis {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Small tensors that depend on shapes alone. */
  readonly known: ReadonlyMap<string, KnownValues>;
}

/**
 * Shapes of all values of `graph` when its inputs have `inputDims`.
 * Throws `MODEL_UNSUPPORTED_OP` for an op without a rule, `SHAPE_MISMATCH` where shapes do not fit.
 */
export function inferShapes(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, readonly number[]> {
  return analyse(graph, inputDims).shapes;
}

/** Numbers of a tensor that is evaluated here; shapes and their like are short. */
const mostKnown = 4096;

/** `inferShapes`, with the numbers that are computed from shapes. Throws the same. */
export function analyse(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): Analysis {
  const { shapes, known } = constants(graph);
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
  for (const node of graph.nodes) inferNode(node, shapes, known);
  return { shapes, known };
}

/** Shapes as far as they are fixed: what is cut out or padded at run time has one again after the next Reshape. */
export function shapesSoFar(graph: Graph): ReadonlyMap<string, readonly number[]> {
  const { shapes, known } = constants(graph);
  for (const { name, dims } of graph.inputs)
    if (dims.every((d) => typeof d === "number")) shapes.set(name, dims as number[]);
  for (const node of graph.nodes) {
    const target = node.op === "Reshape" ? known.get(node.inputs[1] ?? "")?.values : undefined;
    if (target?.every((d) => d > 0)) shapes.set(node.outputs[0]!, target);
    else if (shapeRules[node.op] && node.inputs.every((name) => !name || shapes.has(name))) {
      try {
        inferNode(node, shapes, known);
      } catch (error) {
        if (!(error instanceof DreamError)) throw error;
      }
    }
  }
  return shapes;
}

function constants({ initializers }: Graph): {
  shapes: Map<string, readonly number[]>;
  known: Map<string, KnownValues>;
} {
  const shapes = new Map<string, readonly number[]>();
  const known = new Map<string, KnownValues>();
  for (const [name, tensor] of initializers) {
    shapes.set(name, tensor.dims);
    const values = smallValues(tensor);
    if (values) known.set(name, values);
  }
  return { shapes, known };
}

function inferNode(
  node: Node,
  shapes: Map<string, readonly number[]>,
  known: Map<string, KnownValues>,
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
    known: (index) => known.get(node.inputs[index] ?? ""),
    integers: (index) => known.get(node.inputs[index] ?? "")?.values,
    fail: (message) => mismatch(node, shapes, message),
  };
  const outputs = rule(context);
  outputs.forEach((dims, i) => {
    const name = node.outputs[i];
    if (!name) return;
    const size = dims.reduce((a, b) => a * b, 1);
    const fits = dims.length <= highestRank && size <= mostValues;
    if (!fits || dims.some((d) => !Number.isInteger(d) || d < 0))
      throw mismatch(node, shapes, `its output would be [${dims.join(", ")}]`);
    shapes.set(name, dims);
  });
  const values = evaluateKnown(context, shapes);
  if (values && node.outputs[0] && values.values.length <= mostKnown)
    known.set(node.outputs[0], values);
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

/** Values of a small tensor: of integers, or of a few floats such as the scales of Resize. */
function smallValues({ type, data }: Tensor): KnownValues | undefined {
  const float = type === "float32";
  if (data.length > (float ? 64 : mostKnown) || !(float || type === "int64" || type === "int32"))
    return undefined;
  return { values: Array.from(data as ArrayLike<number | bigint>, Number), float };
}
