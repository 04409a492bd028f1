import { cutAt } from "../cut.ts";
import { floatTensor, type Graph, intTensor, type Node, type Tensor } from "../graph.ts";
import { analyse, inferShapes } from "../shapes/infer-shapes.ts";
import type { KnownValues } from "../shapes/shape-context.ts";
import { lower } from "./lower.ts";
import { swapReluMaxPool } from "./swap-relu-max-pool.ts";

/** A graph for one picture size, made of ops that have gradients. */
export interface Specialised {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Inputs that are parameters: shapes, axes, bounds. The gradient needs them constant. */
const parameters: Readonly<Record<string, readonly number[]>> = {
  Expand: [1],
  Gather: [1],
  Pad: [1],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: [2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  Unsqueeze: [1],
};

/**
 * Fix `graph` to concrete input sizes: values computed from shapes become constants, the nodes that computed them are
 * removed, and composite ops become simple ones. Throws the errors of `inferShapes`.
 */
export function specialise(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): Specialised {
  const { shapes, known } = analyse(graph, inputDims);
  const initializers = new Map(graph.initializers);
  const bake = (name: string): string => {
    const values = known.get(name);
    if (!name || !values || initializers.has(name)) return name;
    const baked = `${name}/baked`;
    initializers.set(baked, tensorOf(values, shapes.get(name)!));
    return baked;
  };
  const nodes = graph.nodes.map((node): Node => {
    const places = parameters[node.op] ?? [];
    const { exportedFor: _, ...sized } = node;
    return {
      ...sized,
      inputs: node.inputs.map((name, i) => (places.includes(i) ? bake(name) : name)),
    };
  });
  const names = graph.outputs.map(({ name }) => name);
  const lowered = swapReluMaxPool(lower(cutAt({ ...graph, nodes, initializers }, names), shapes));
  return { graph: lowered, shapes: inferShapes(lowered, inputDims) };
}

function tensorOf({ values, float }: KnownValues, dims: readonly number[]): Tensor {
  return float ? floatTensor(dims, values) : intTensor(values, dims);
}
