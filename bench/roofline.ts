/**
 * The least time that work can take: the products of a gradient at the speed of one large matrix product, and the flow, which is
 * thousands of small operations, at the speed at which an addition moves values.
 */
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { TargetFinder } from "../src/dream/targets.ts";
import { flowGraph } from "../src/flow/flow-graph.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { floatTensor, type Graph } from "../src/graph/graph.ts";
import { winograd } from "../src/graph/passes/winograd.ts";
import { inferShapes } from "../src/graph/shapes/infer-shapes.ts";
import type { Network } from "../src/network.ts";
import type { Engine } from "../src/runtime/engine.ts";
import { timed } from "./rows.ts";

export interface Roofline {
  readonly size: string;
  /** Multiplications and additions of all convolutions and matrix products, in 10^9: each convolution directly. */
  readonly direct: number;
  /** The same with wide convolutions as matrix products, F(4×4, 3×3), as dreamreel computes them. */
  readonly used: number;
  /** The least time of `used`, ms. */
  readonly ms: number;
}

const side = 1536;

/** Operations per second, in 10^9, of a product of matrices of 1536 rows and columns on `engine`. */
export async function productSpeed(engine: Engine): Promise<number> {
  const b = new GraphBuilder();
  b.input("a", [side, side]);
  b.input("b", [side, side]);
  b.opNamed("MatMul", ["a", "b"], {}, "c").output("c", [side, side]);
  const session = await engine.load(b.build());
  const matrix = floatTensor([side, side], new Float32Array(side * side).fill(0.5));
  const ms = await timed(() => session.run({ a: matrix, b: matrix }));
  await session.dispose();
  return (2 * side ** 3) / ms / 1e6;
}

/** The least time of the gradient of `layer` at WIDTHxHEIGHT, with products of `speed`. */
export function rooflineOf(network: Network, layer: string, size: string, speed: number): Roofline {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const targets = new TargetFinder(network).find({ layers: [layer], classes: [] });
  const { graph } = gradientGraph(network, targets, height, width);
  const used = operationsOf(winograd(graph));
  return { size, direct: operationsOf(graph), used, ms: (1000 * used) / speed };
}

export interface FlowRoofline {
  readonly operations: number;
  /** Bytes that they read and write, in 10^9. */
  readonly moved: number;
  /** 10^9 bytes a second of an addition of tensors of the size that most of them have. */
  readonly speed: number;
  /** The least time of `moved`, ms. */
  readonly ms: number;
}

/** The flow of 640×360 in both directions. */
export async function flowRoofline(engine: Engine): Promise<FlowRoofline> {
  const graph = flowGraph(360, 640);
  const dimsOf = dimensions(graph);
  const valuesOf = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (name === "" ? 0 : sizeOf(dimsOf(name))), 0);
  const moved =
    (4 * graph.nodes.reduce((sum, node) => sum + valuesOf([...node.inputs, ...node.outputs]), 0)) /
    1e9;
  const speed = await additionSpeed(engine);
  return { operations: graph.nodes.length, moved, speed, ms: (1000 * moved) / speed };
}

/** 10^9 bytes a second of additions of `[2, 2, 180, 320]`, the flow at half size. */
async function additionSpeed(engine: Engine): Promise<number> {
  const dims = [2, 2, 180, 320];
  const count = 100;
  const b = new GraphBuilder();
  const x = b.input("x", dims);
  let sum = x;
  for (let i = 1; i < count; i++) sum = b.op("Add", [sum, x]);
  b.opNamed("Add", [sum, x], {}, "sum").output("sum", dims);
  const session = await engine.load(b.build());
  const ones = floatTensor(dims, new Float32Array(sizeOf(dims)).fill(1));
  const ms = await timed(() => session.run({ x: ones }));
  await session.dispose();
  return (3 * 4 * count * sizeOf(dims)) / ms / 1e6;
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((size, d) => size * d, 1);

function dimensions(graph: Graph): (name: string) => readonly number[] {
  const shapes = inferShapes(graph, {});
  return (name) => graph.initializers.get(name)?.dims ?? shapes.get(name) ?? [];
}

/** Multiplications and additions of all products in `graph`, in 10^9. */
function operationsOf(graph: Graph): number {
  const dimsOf = dimensions(graph);
  let operations = 0;
  for (const { op, inputs, outputs } of graph.nodes) {
    if (op === "Conv" || op === "ConvTranspose") {
      // Each value of the output, or of a transposed convolution's input, takes one product per tap and channel.
      const perValue = sizeOf(dimsOf(inputs[1]!).slice(1));
      operations += 2 * perValue * sizeOf(dimsOf(op === "Conv" ? outputs[0]! : inputs[0]!));
    } else if (op === "MatMul") {
      operations += 2 * sizeOf(dimsOf(outputs[0]!)) * dimsOf(inputs[0]!).at(-1)!;
    }
  }
  return operations / 1e9;
}
