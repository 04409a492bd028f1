import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, intTensor } from "../../../src/graph/graph.ts";
import { checkEveryElement, gradientAt, graphOf, randomTensor } from "./finite-differences.ts";

type Build = (b: GraphBuilder, x: string) => string | readonly string[];

describe("the gradients of ops that select or move values match finite differences", () => {
  it.each<readonly [string, readonly number[], Build]>([
    [
      "Where, with respect to both operands",
      [1, 2, 3, 4],
      (b, x) =>
        b.op("Where", [b.op("Greater", [x, b.scalar(0)]), b.op("Mul", [x, x]), b.op("Neg", [x])]),
    ],
    [
      "Where with a broadcast operand",
      [1, 2, 1, 4],
      (b, x) => {
        const mask = b.constant({ type: "bool", dims: [3, 1], data: Uint8Array.of(1, 0, 1) });
        return b.op("Where", [mask, x, b.scalar(0)]);
      },
    ],
    ["Max with a constant", [1, 2, 3, 4], (b, x) => b.op("Max", [x, b.scalar(0.1)])],
    [
      "Min of three, one of them broadcast",
      [1, 2, 3, 4],
      (b, x) =>
        b.op("Min", [x, b.op("Mul", [x, b.scalar(-1)]), b.constant(randomTensor([3, 1], 5))]),
    ],
    ["ReduceMax over space", [1, 3, 4, 5], (b, x) => b.op("ReduceMax", [x, b.ints(2, 3)])],
    [
      "ReduceMin without keepdims",
      [2, 3, 4],
      (b, x) => b.op("ReduceMin", [x, b.ints(-1)], { keepdims: 0 }),
    ],
    ["GlobalMaxPool", [1, 3, 4, 5], (b, x) => b.op("GlobalMaxPool", [x])],
    ["Gather of channels", [1, 4, 2, 3], (b, x) => b.op("Gather", [x, b.ints(2, 0)], { axis: 1 })],
    [
      "Gather with repeated indices",
      [1, 4, 2, 3],
      (b, x) => b.op("Gather", [x, b.ints(1, 3, 1, -3)], { axis: 1 }),
    ],
    [
      "Gather by a scalar index, which drops the axis",
      [1, 3, 2, 3],
      (b, x) => b.op("Gather", [x, b.constant(intTensor([1], []))], { axis: 1 }),
    ],
    [
      "Split into unequal parts, all of them used",
      [1, 5, 2, 2],
      (b, x) => b.ops("Split", [x, b.ints(2, 3)], 2, { axis: 1 }),
    ],
    [
      "Split with one part used",
      [1, 6, 2, 2],
      (b, x) => b.ops("Split", [x], 3, { axis: 1, num_outputs: 3 })[1]!,
    ],
    ["Expand", [1, 3, 1, 2], (b, x) => b.op("Expand", [x, b.ints(2, 3, 4, 2)])],
    ["DepthToSpace", [1, 8, 2, 3], (b, x) => b.op("DepthToSpace", [x], { blocksize: 2 })],
    [
      "DepthToSpace by columns",
      [1, 8, 2, 3],
      (b, x) => b.op("DepthToSpace", [x], { blocksize: 2, mode: "CRD" }),
    ],
    ["SpaceToDepth", [1, 2, 4, 6], (b, x) => b.op("SpaceToDepth", [x], { blocksize: 2 })],
    [
      "Slice with steps, as in Focus layers",
      [1, 2, 7, 6],
      (b, x) => b.op("Slice", [x, b.ints(1, 0), b.ints(7, 5), b.ints(2, 3), b.ints(2, 3)]),
    ],
    ["ReduceL2", [1, 3, 4], (b, x) => b.op("ReduceL2", [x, b.ints(1)])],
    ["ReduceL1", [1, 3, 4], (b, x) => b.op("ReduceL1", [x, b.ints(2)], { keepdims: 0 })],
    ["ReduceSumSquare", [1, 3, 4], (b, x) => b.op("ReduceSumSquare", [x])],
    ["Mean of several values", [1, 3, 4], (b, x) => b.op("Mean", [x, b.op("Mul", [x, x])])],
  ])("%s", async (_, dims, build) => {
    await checkEveryElement(graphOf(dims, build));
  });
});

it("Max assigns a tie's gradient to the first operand, and ReduceMax distributes it evenly", async () => {
  const first = graphOf([2], (b, x) => b.op("Max", [x, b.op("Mul", [x, b.scalar(1)])]));
  const cotangent = (
    graph: typeof first,
    values: number[],
  ): Map<string, ReturnType<typeof floatTensor>> =>
    new Map([[graph.outputs[0]!.name, floatTensor([values.length], values)]]);
  const x = floatTensor([2], [3, 3]);
  expect([...(await gradientAt(first, x, cotangent(first, [1, 1]))).data]).toEqual([1, 1]);
  const shared = graphOf([2], (b, value) => b.op("ReduceMax", [value, b.ints(0)]));
  expect([...(await gradientAt(shared, x, cotangent(shared, [1]))).data]).toEqual([0.5, 0.5]);
});
