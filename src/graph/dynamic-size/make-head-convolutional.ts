import { GraphBuilder } from "../builder.ts";
import { type FloatTensor, floatTensor, type Graph, type Node } from "../graph.ts";
import { inferShapes, shapesWhereFit } from "../shapes/infer-shapes.ts";
import { numberOr } from "../window.ts";
import type { Export } from "./make-shapes-dynamic.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * A classifier vector seen as the feature map that it is at other sizes, with the memory layout of a weight's inputs.
 */
interface FeatureMap {
  readonly name: string;
  /** Channels, height and width of the window that one row of weights sees. */
  readonly window: readonly [number, number, number];
}

const elementwise = new Set(["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "Clip", "HardSwish"]);

/**
 * Turn fully connected layers that follow a flattened map into convolutions over the map, and average their outputs.
 * The classifier then sees every window of the size that it was exported for; at that size the results are unchanged.
 * Source: Long et al. 2015, "Fully convolutional networks".
 */
export function makeHeadConvolutional(
  graph: Graph,
  { own, probe }: Pick<Export, "own" | "probe">,
): Graph {
  const shapes = inferShapes(graph, own);
  const probed = shapesWhereFit(graph, probe);
  const b = new GraphBuilder({ ...graph, nodes: [] });
  const maps = new Map<string, FeatureMap>();
  for (const node of graph.nodes) {
    const map = maps.get(node.inputs[0] ?? "");
    const next = map ? follow(b, graph, node, map) : undefined;
    if (next) {
      const output = node.outputs[0]!;
      maps.set(output, next);
      const mean = b.op("GlobalAveragePool", [next.name], {}, `${output}/mean`);
      b.opNamed("Flatten", [mean], { axis: 1 }, output);
      continue;
    }
    b.node(node);
    const flattened = flattenedMap(node, shapes, probed);
    if (flattened) maps.set(node.outputs[0]!, flattened);
  }
  return b.build();
}

/** The map that `node` flattens, if it is larger than one pixel at the exported size or at a larger one. */
function flattenedMap(node: Node, shapes: Shapes, probed: Shapes): FeatureMap | undefined {
  if (node.op !== "Flatten" && node.op !== "Reshape") return undefined;
  const [from, to] = [shapes.get(node.inputs[0]!), shapes.get(node.outputs[0]!)];
  if (from?.length !== 4 || to?.length !== 2 || from[0] !== 1 || to[0] !== 1) return undefined;
  const [, c, h, w] = from as [number, number, number, number];
  const larger = probed.get(node.inputs[0]!) ?? from;
  return larger[2]! * larger[3]! > 1 ? { name: node.inputs[0]!, window: [c, h, w] } : undefined;
}

/** The feature map after `node`, or undefined if the node needs a vector. */
function follow(
  b: GraphBuilder,
  graph: Graph,
  node: Node,
  { name, window }: FeatureMap,
): FeatureMap | undefined {
  const hint = `${node.outputs[0]}/map`;
  const constant = (index: number): FloatTensor | undefined => {
    const tensor = graph.initializers.get(node.inputs[index] ?? "");
    return tensor?.type === "float32" ? tensor : undefined;
  };
  if (elementwise.has(node.op)) {
    return { name: b.op(node.op, [name, ...node.inputs.slice(1)], node.attributes, hint), window };
  }
  if (node.op === "Gemm" || node.op === "MatMul") {
    const weights = constant(1);
    const bias = constant(2);
    const [c, h, w] = window;
    const rows = weights?.dims[node.attributes.transB === 1 ? 1 : 0];
    if (
      weights?.dims.length !== 2 ||
      rows !== c * h * w ||
      !isPlain(node) ||
      (node.inputs[2] && bias?.dims.length !== 1)
    )
      return undefined;
    const kernel = toKernel(weights, node.attributes.transB === 1, window);
    const inputs = [name, b.constant(kernel, `${hint}_weights`)];
    const conv = b.op(
      "Conv",
      bias ? [...inputs, node.inputs[2]!] : inputs,
      { kernel_shape: window.slice(1) },
      hint,
    );
    return { name: conv, window: [kernel.dims[0]!, 1, 1] };
  }
  const other = constant(1);
  const perChannel = other?.data.length === window[0] && window[1] * window[2] === 1;
  if ((node.op === "Add" || node.op === "Mul" || node.op === "Sub") && other && perChannel) {
    const tall = b.constant(floatTensor([window[0], 1, 1], other.data), `${hint}_constant`);
    return { name: b.op(node.op, [name, tall], {}, hint), window };
  }
  return undefined;
}

function isPlain({ attributes }: Node): boolean {
  return (
    !numberOr(attributes.transA, 0) &&
    numberOr(attributes.alpha, 1) === 1 &&
    numberOr(attributes.beta, 1) === 1
  );
}

/** Weights `[K, O]`, or `[O, K]` when transposed, as a kernel `[O, C, h, w]`. */
function toKernel(
  { dims, data }: FloatTensor,
  transposed: boolean,
  window: readonly [number, number, number],
): FloatTensor {
  const [outputs, inputs] = transposed ? [dims[0]!, dims[1]!] : [dims[1]!, dims[0]!];
  const kernel = floatTensor([outputs, ...window]);
  if (transposed) kernel.data.set(data);
  else
    for (let o = 0; o < outputs; o++)
      for (let k = 0; k < inputs; k++) kernel.data[o * inputs + k] = data[k * outputs + o]!;
  return kernel;
}
