import { GraphBuilder } from "../builder.ts";
import { type FloatTensor, floatTensor, type Graph, type Node } from "../graph.ts";
import { shapesSoFar } from "../shapes/infer-shapes.ts";
import { convWindow, numberOr } from "../window.ts";

/** Side of an output tile, and of the input tile that it needs. */
const [side, reach] = [4, 6];
/**
 * Half the harmonic mean of input and output channels from which saving three quarters of the multiplications
 * outweighs moving twice the values (measured).
 */
const minChannels = 40;
/** Fewer tiles than this make the matrix products inefficient. */
const minTiles = 16;

/**
 * Replace wide 3×3 convolutions of stride 1 by F(4×4, 3×3): a quarter of the multiplications, as 36 matrix products.
 * For CPUs. Results differ by a relative error of about 1e-6. Source: Lavin and Gray 2015, with the points 0, ±√½,
 * ±√2, ∞, whose rounding error is half that of 0, ±1, ±2, ∞.
 */
export function winograd(graph: Graph): Graph {
  // Depends on constants only: the runtime computes it once.
  return replaceConvolutions(graph, (b, node, weights) => {
    const [channelsOut, channels] = weights.dims as [number, number];
    const taps = b.op("Reshape", [node.inputs[1]!, b.ints(channels * channelsOut, 9)]);
    return b.op("Reshape", [transformed(b, taps), b.ints(...filterDims(weights))]);
  });
}

/** A graph whose transformed kernels are inputs, and the kernel `[K, C, 3, 3]` of each of these inputs. */
export interface WithFilters {
  readonly graph: Graph;
  readonly filters: ReadonlyMap<string, FloatTensor>;
}

/** `winograd` with the transformed kernels `filterDims` as inputs, so that graphs of several sizes share them. */
export function winogradWithFilters(graph: Graph): WithFilters {
  const filters = new Map<string, FloatTensor>();
  const names = new Map<FloatTensor, string>();
  const replaced = replaceConvolutions(graph, (b, _, weights) => {
    const known = names.get(weights);
    if (known !== undefined) return known;
    const name = b.input(b.unique("filters"), filterDims(weights));
    names.set(weights, name);
    filters.set(name, weights);
    return name;
  });
  const read = new Set(replaced.nodes.flatMap(({ inputs }) => inputs));
  for (const { name } of replaced.outputs) read.add(name);
  const initializers = new Map([...replaced.initializers].filter(([name]) => read.has(name)));
  return { graph: { ...replaced, initializers }, filters };
}

/** Transforms kernels: from `taps` `[C·K, 9]` to `filters` `[36, C·K]`, which is `filterDims` in memory. */
export function filterGraph(): Graph {
  const b = new GraphBuilder();
  const taps = b.input("taps", ["kernels", 9]);
  b.output(b.op("Identity", [transformed(b, taps)], {}, "filters"), [36, "kernels"]);
  return b.build();
}

/** The shape of a transformed kernel. */
export function filterDims({ dims }: FloatTensor): readonly [number, number, number] {
  return [36, dims[0]!, dims[1]!];
}

function transformed(b: GraphBuilder, taps: string): string {
  return b.op("MatMul", [b.constant(ofFilter), b.op("Transpose", [taps], { perm: [1, 0] })]);
}

/** Adds a convolution's transformed kernels to a graph. */
type AddFilters = (b: GraphBuilder, node: Node, weights: FloatTensor) => string;

function replaceConvolutions(graph: Graph, addFilters: AddFilters): Graph {
  const shapes = shapesSoFar(graph);
  const chosen = new Map(
    graph.nodes.flatMap((node): [Node, Layout][] => {
      const layout = layOut(graph, node, shapes.get(node.inputs[0]!));
      return layout ? [[node, layout]] : [];
    }),
  );
  if (chosen.size === 0) return graph;
  const b = new GraphBuilder({
    ...graph,
    nodes: graph.nodes.filter((node) => !chosen.has(node)),
  });
  for (const [node, layout] of chosen)
    addConvolution(b, node, layout, addFilters(b, node, layout.weights));
  return b.build();
}

/**
 * Extra bytes that Winograd convolutions use: four times the kernels, forward and backward, and the largest
 * intermediate values. Measured on VGG16.
 */
export function winogradBytes(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly number[]>,
): { readonly kernels: number; readonly between: number } {
  let [kernels, between] = [0, 0];
  for (const node of graph.nodes) {
    const layout = layOut(graph, node, shapes.get(node.inputs[0]!));
    if (!layout) continue;
    const { channels, channelsOut, outputDims } = layout;
    kernels += 2 * 4 * 36 * channels * channelsOut;
    const values = (11 * channels + 7 * channelsOut) * outputDims[0]! * outputDims[1]!;
    between = Math.max(between, 4 * values);
  }
  return { kernels, between };
}

interface Layout {
  readonly weights: FloatTensor;
  readonly bias: FloatTensor | undefined;
  readonly channels: number;
  readonly channelsOut: number;
  readonly dims: readonly number[];
  readonly padsBegin: readonly number[];
  readonly outputDims: readonly number[];
  /** Rows and columns of tiles. */
  readonly squares: readonly number[];
}

/** The Winograd layout of a node, or undefined if the node does not qualify. */
function layOut(
  { initializers }: Graph,
  node: Node,
  shape: readonly number[] | undefined,
): Layout | undefined {
  const weights = initializers.get(node.inputs[1] ?? "");
  const bias = initializers.get(node.inputs[2] ?? "");
  if (node.op !== "Conv" || shape?.length !== 4 || weights?.type !== "float32") return undefined;
  const [channelsOut, channels, ...kernel] = weights.dims as [number, number, ...number[]];
  const [batch, , ...dims] = shape;
  if (batch !== 1 || numberOr(node.attributes.group, 1) !== 1) return undefined;
  if ((channels * channelsOut) / (channels + channelsOut) < minChannels) return undefined;
  const { strides, dilations, padsBegin, outputDims } = convWindow(node, dims, kernel);
  if (kernel.some((k) => k !== 3) || [...strides, ...dilations].some((s) => s !== 1))
    return undefined;
  const squares = outputDims.map((d) => Math.ceil(d / side));
  if (squares[0]! * squares[1]! < minTiles) return undefined;
  if (node.inputs[2] && bias?.type !== "float32") return undefined;
  return {
    weights,
    bias: bias as FloatTensor | undefined,
    channels,
    channelsOut,
    dims,
    padsBegin,
    outputDims,
    squares,
  };
}

function addConvolution(b: GraphBuilder, node: Node, layout: Layout, kernels: string): void {
  const { bias, channels, channelsOut, dims, padsBegin, outputDims, squares } = layout;
  const [rows, columns] = squares as [number, number];
  // Each channel as a batch entry, convolved with 36 kernels.
  const planes = b.op("Reshape", [node.inputs[0]!, b.ints(channels, 1, ...dims)]);
  const padsEnd = dims.map((d, i) => side * (squares[i]! - 1) + reach - d - padsBegin[i]!);
  const parts = b.op("Conv", [planes, b.constant(ofPicture)], {
    kernel_shape: [reach, reach],
    strides: [side, side],
    pads: [...padsBegin, ...padsEnd],
  });
  const flat = b.op("Reshape", [parts, b.ints(channels, 36, rows * columns)]);
  const products = b.op("MatMul", [kernels, b.op("Transpose", [flat], { perm: [1, 0, 2] })]);
  const joined = b.op("Reshape", [products, b.ints(36, -1)]);
  const pixels = b.op("MatMul", [b.constant(ofResult), joined]);

  // [y, x, channel, row, column] to [channel, row, y, column, x]: concatenating single values is faster than a
  // transpose.
  const grid = b.op("Reshape", [pixels, b.ints(side, side, channelsOut * rows * columns)]);
  const lines = b
    .ops("Split", [grid, b.ints(...rowOfResult.map(() => 1))], side, { axis: 1 }, "column")
    .map((line) => b.op("Reshape", [line, b.ints(side, channelsOut * rows * columns, 1)]));
  const wide = b.op("Concat", lines, { axis: 2 });
  const strips = b.op("Reshape", [wide, b.ints(side, channelsOut * rows, side * columns)]);
  const high = b.op("Transpose", [strips], { perm: [1, 0, 2] });
  let result = b.op("Reshape", [high, b.ints(1, channelsOut, side * rows, side * columns)]);
  if (squares.some((count, i) => side * count !== outputDims[i]))
    result = b.op("Slice", [result, b.ints(0, 0), b.ints(...outputDims), b.ints(2, 3)]);
  if (bias)
    result = b.op("Add", [result, b.constant(floatTensor([1, channelsOut, 1, 1], bias.data))]);
  b.opNamed("Identity", [result], {}, node.outputs[0]!);
}

const [a, c] = [Math.SQRT1_2, Math.SQRT2];

/** Input transform Bᵀ: six values of a row to the factors of the six products. */
const rowOfPicture = [
  [1, 0, -2.5, 0, 1, 0],
  [0, -2 * a, -2, a, 1, 0],
  [0, 2 * a, -2, -a, 1, 0],
  [0, -c / 2, -0.5, c, 1, 0],
  [0, c / 2, -0.5, -c, 1, 0],
  [0, 1, 0, -2.5, 0, 1],
];
/** Filter transform G: three taps to [1, p, p²] over the product of the distances to the other points. */
const rowOfFilter = [
  [1, 0, 0],
  ...[a, -a].map((p) => [1, p, p * p].map((v) => v / -1.5)),
  ...[c, -c].map((p) => [1, p, p * p].map((v) => v / 6)),
  [0, 0, 1],
];
/** Output transform Aᵀ: six products to four results. */
const rowOfResult = [0, 1, 2, 3].map((power) => [
  Number(power === 0),
  ...[a, -a, c, -c].map((p) => p ** power),
  Number(power === 3),
]);

const ofPicture = both(rowOfPicture, [36, 1, reach, reach]);
const ofFilter = both(rowOfFilter, [36, 9]);
const ofResult = both(rowOfResult, [side * side, 36]);

/** The transform along both axes: the Kronecker product of `row` with itself. */
function both(row: readonly (readonly number[])[], dims: readonly number[]): FloatTensor {
  return floatTensor(
    dims,
    row.flatMap((y) => row.flatMap((x) => y.flatMap((v) => x.map((u) => v * u)))),
  );
}
