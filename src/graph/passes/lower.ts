/** Rewrites composite ops as several simple ones, so that they need no gradient rules of their own. */
import { GraphBuilder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { numberOr, numbers } from "../window.ts";

interface Lowering {
  readonly b: GraphBuilder;
  readonly node: Node;
  /** Shape of the first input. */
  readonly dims: readonly number[];
  /** Axes from the second input or the attribute `axes`; all axes if both are absent. */
  readonly axes: readonly number[];
}

/**
 * Adds the nodes, except the last, which is returned as op, inputs and attributes and keeps the lowered node's name.
 */
type Lower = (lowering: Lowering) => readonly [string, readonly string[], Node["attributes"]?];

/**
 * Replace every composite op of `graph`. `shapes` are its concrete shapes. Value names stay, so layer names do too.
 * Sources: the ONNX operator specifications; Mish by Misra 2019, GELU by Hendrycks 2016.
 */
export function lower(graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Graph {
  if (!graph.nodes.some((node) => lowerings[node.op])) return graph;
  const b = new GraphBuilder({
    ...graph,
    nodes: graph.nodes.filter((node) => !lowerings[node.op]),
  });
  for (const node of graph.nodes) {
    const make = lowerings[node.op];
    if (!make) continue;
    const dims = shapes.get(node.inputs[0]!)!;
    const [op, inputs, attributes] = make({ b, node, dims, axes: axesOf(graph, node, dims) });
    b.opNamed(op, inputs, attributes ?? {}, node.outputs[0]!);
  }
  return b.build();
}

const lowerings: Readonly<Record<string, Lower>> = {
  HardSwish: ({ b, node: { inputs } }) => {
    const gate = b.op("HardSigmoid", [inputs[0]!], { alpha: 1 / 6, beta: 0.5 });
    return ["Mul", [inputs[0]!, gate]];
  },
  Mish: ({ b, node: { inputs } }) => [
    "Mul",
    [inputs[0]!, b.op("Tanh", [b.op("Softplus", [inputs[0]!])])],
  ],
  Gelu: ({ b, node: { inputs, attributes } }) => {
    const x = inputs[0]!;
    const bent =
      attributes.approximate === "tanh"
        ? b.op("Tanh", [b.op("Mul", [cubicOf(b, x), b.scalar(Math.sqrt(2 / Math.PI))])])
        : b.op("Erf", [b.op("Mul", [x, b.scalar(Math.SQRT1_2)])]);
    const half = b.op("Mul", [x, b.scalar(0.5)]);
    return ["Mul", [half, b.op("Add", [bent, b.scalar(1)])]];
  },
  LayerNormalization: ({ b, node: { inputs, attributes }, dims }) => {
    const axis = numberOr(attributes.axis, -1);
    const first = axis < 0 ? axis + dims.length : axis;
    const axes = [...dims.keys()].slice(first);
    const normal = normalised(b, inputs[0]!, axes, numberOr(attributes.epsilon, 1e-5));
    if (!inputs[2]) return ["Mul", [normal, inputs[1]!]];
    return ["Add", [b.op("Mul", [normal, inputs[1]!]), inputs[2]]];
  },
  InstanceNormalization: ({ b, node: { inputs, attributes }, dims }) => {
    const axes = [...dims.keys()].slice(2);
    const normal = normalised(b, inputs[0]!, axes, numberOr(attributes.epsilon, 1e-5));
    return scaled(b, normal, inputs[1]!, inputs[2]!, dims);
  },
  GroupNormalization: ({ b, node: { inputs, attributes }, dims }) => {
    const groups = numberOr(attributes.num_groups, 1);
    const grouped = b.op("Reshape", [inputs[0]!, b.ints(dims[0]!, groups, -1)]);
    const normal = normalised(b, grouped, [2], numberOr(attributes.epsilon, 1e-5));
    // One factor per group up to opset 20, one per channel from opset 21 on.
    if (b.opset < 21) {
      const [factor, offset] = [inputs[1]!, inputs[2]!].map((name) =>
        b.op("Reshape", [name, b.ints(groups, 1)]),
      );
      const affine = b.op("Add", [b.op("Mul", [normal, factor!]), offset!]);
      return ["Reshape", [affine, b.ints(...dims)]];
    }
    const restored = b.op("Reshape", [normal, b.ints(...dims)]);
    return scaled(b, restored, inputs[1]!, inputs[2]!, dims);
  },
  GlobalMaxPool: ({ b, node: { inputs }, dims }) => [
    "ReduceMax",
    [inputs[0]!, b.ints(...[...dims.keys()].slice(2))],
    { keepdims: 1 },
  ],
  Mean: ({ b, node: { inputs } }) => [
    "Mul",
    [b.op("Sum", [...inputs]), b.scalar(1 / inputs.length)],
  ],
  ReduceL1: ({ b, node, axes }) => [
    "ReduceSum",
    [b.op("Abs", [node.inputs[0]!]), b.ints(...axes)],
    keep(node),
  ],
  ReduceL2: ({ b, node, axes }) => ["Sqrt", [squares(b, node, axes)]],
  ReduceSumSquare: ({ b, node, axes }) => ["Identity", [squares(b, node, axes)]],
};

/** Names of the ops that are lowered. */
export const loweredOps: ReadonlySet<string> = new Set(Object.keys(lowerings));

function squares(b: GraphBuilder, node: Node, axes: readonly number[]): string {
  const x = node.inputs[0]!;
  return b.op("ReduceSum", [b.op("Mul", [x, x]), b.ints(...axes)], keep(node));
}

function keep({ attributes }: Node): Node["attributes"] {
  return { keepdims: numberOr(attributes.keepdims, 1) };
}

/** x + 0.044715·x³. */
function cubicOf(b: GraphBuilder, x: string): string {
  const cube = b.op("Mul", [b.op("Mul", [x, x]), x]);
  return b.op("Add", [x, b.op("Mul", [cube, b.scalar(0.044715)])]);
}

/** (x − mean) / √(variance + ε) over `axes`. */
function normalised(b: GraphBuilder, x: string, axes: readonly number[], epsilon: number): string {
  const over = b.ints(...axes);
  const centred = b.op("Sub", [x, b.op("ReduceMean", [x, over], { keepdims: 1 })]);
  const square = b.op("Mul", [centred, centred]);
  const variance = b.op("ReduceMean", [square, over], { keepdims: 1 });
  const deviation = b.op("Sqrt", [b.op("Add", [variance, b.scalar(epsilon)])]);
  return b.op("Div", [centred, deviation]);
}

/** One factor and one offset per channel. */
function scaled(
  b: GraphBuilder,
  value: string,
  factor: string,
  offset: string,
  dims: readonly number[],
): readonly [string, readonly string[]] {
  const shape = b.ints(-1, ...dims.slice(2).map(() => 1));
  const product = b.op("Mul", [value, b.op("Reshape", [factor, shape])]);
  return ["Add", [product, b.op("Reshape", [offset, shape])]];
}

function axesOf(graph: Graph, node: Node, dims: readonly number[]): readonly number[] {
  const tensor = graph.initializers.get(node.inputs[1] ?? "");
  const given =
    tensor?.type === "int64" ? Array.from(tensor.data, Number) : numbers(node.attributes.axes);
  return given ?? [...dims.keys()];
}
