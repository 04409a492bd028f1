import { DreamError } from "../errors.ts";
import { GraphBuilder } from "./builder.ts";
import { freeHead } from "./free-head.ts";
import { type Graph, intTensor, type Node } from "./graph.ts";
import { inferShapes } from "./shapes.ts";
import { numbers } from "./window.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * Let the picture input of `graph`, `[N, 3, H, W]` or `[N, H, W, 3]`, take one picture of any height and width.
 * What the exporter fixed at `nativeSize` px is freed: pooling of the whole map, shapes that name its height
 * and width, and fully connected layers, which become convolutions. At the native size nothing changes.
 */
export function freeSize(graph: Graph, nativeSize: number): Graph {
  const input = graph.inputs[0];
  if (input?.dims.length !== 4) return graph;
  const last = isChannelsLast(input.dims);
  const free: Graph = {
    ...graph,
    inputs: graph.inputs.map((value) =>
      value === input
        ? {
            ...value,
            dims: last ? [1, "height", "width", 3] : [1, value.dims[1]!, "height", "width"],
          }
        : value,
    ),
    // What exporters wrote down for the outputs no longer holds.
    outputs: graph.outputs.map((value) => ({ ...value, dims: [] })),
  };
  const side = nativeSize;
  const dims = last ? [1, side, side, 3] : [1, Number(input.dims[1]) || 3, side, side];
  const shapes = shapesAt(free, input.name, dims);
  return shapes ? freeHead(freeShapes(freePools(free, shapes), shapes), shapes) : free;
}

/** Whether pictures come with their channels last, as TensorFlow has them. */
export function isChannelsLast(dims: readonly (number | string)[]): boolean {
  return dims.length === 4 && dims[1] !== 3 && dims[3] === 3;
}

/** Undefined where the graph does not fit its own size; using it then tells why. */
function shapesAt(graph: Graph, input: string, dims: readonly number[]): Shapes | undefined {
  try {
    return inferShapes(graph, { [input]: dims });
  } catch (error) {
    if (error instanceof DreamError) return undefined;
    throw error;
  }
}

/** An average over the whole map stays one when the map grows. */
function freePools(graph: Graph, shapes: Shapes): Graph {
  const nodes = graph.nodes.map((node): Node => {
    const dims = shapes.get(node.inputs[0] ?? "");
    const kernel = numbers(node.attributes.kernel_shape);
    const pads = numbers(node.attributes.pads) ?? [];
    const whole =
      node.op === "AveragePool" &&
      dims?.length === 4 &&
      kernel?.every((size, i) => size === dims[i + 2]) &&
      pads.every((amount) => amount === 0);
    return whole ? { ...node, op: "GlobalAveragePool", attributes: {} } : node;
  });
  return { ...graph, nodes };
}

/** Constant shapes that repeat the map's height and width, as channel shuffles have, follow it instead. */
function freeShapes(graph: Graph, shapes: Shapes): Graph {
  const b = new GraphBuilder({ ...graph, nodes: [] });
  for (const node of graph.nodes) {
    const target = graph.initializers.get(node.inputs[1] ?? "");
    const [from, to] = [shapes.get(node.inputs[0] ?? ""), shapes.get(node.outputs[0] ?? "")];
    if (node.op !== "Reshape" || !target || !from || !to || !keepsSpace(from, to)) {
      b.node(node);
      continue;
    }
    const space = b.op("Slice", [
      b.op("Shape", [node.inputs[0]!]),
      b.constant(intTensor([-2])),
      b.constant(intTensor([from.length])),
    ]);
    const lead = b.constant(intTensor(to.slice(0, -2)));
    const shape = b.op("Concat", [lead, space], { axis: 0 });
    b.node({ ...node, inputs: [node.inputs[0]!, shape] });
  }
  return b.build();
}

/** Whether a reshape only regroups what comes before height and width. */
function keepsSpace(from: readonly number[], to: readonly number[]): boolean {
  if (from.length < 4 || to.length < 4) return false;
  const [h, w] = from.slice(-2);
  return to.at(-2) === h && to.at(-1) === w && h! * w! > 1;
}
