import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";

import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

interface Variant {
  readonly title: string;
  readonly input: readonly number[];
  readonly build: (b: GraphBuilder, x: string) => string | readonly string[];
}

function pads(amounts: readonly number[], mode: string): Variant["build"] {
  return (b, x) => b.op("Pad", [x, b.ints(...amounts)], { mode });
}

function slices(
  starts: readonly number[],
  ends: readonly number[],
  axes?: readonly number[],
): Variant["build"] {
  return (b, x) =>
    b.op("Slice", [x, b.ints(...starts), b.ints(...ends), ...(axes ? [b.ints(...axes)] : [])]);
}

/** Values that are not symmetric in their positions, so that a transposed or shifted cotangent is detected. */
const variants: readonly Variant[] = [
  { title: "Identity", input: [2, 3], build: (b, x) => b.op("Identity", [x]) },
  { title: "Dropout", input: [2, 3], build: (b, x) => b.op("Dropout", [x]) },
  { title: "Cast to float", input: [2, 3], build: (b, x) => b.op("Cast", [x], { to: 1 }) },
  { title: "Flatten", input: [2, 3, 4], build: (b, x) => b.op("Flatten", [x]) },
  {
    title: "Flatten at axis 0",
    input: [2, 3, 4],
    build: (b, x) => b.op("Flatten", [x], { axis: 0 }),
  },
  {
    title: "Reshape with a wildcard",
    input: [2, 3, 4],
    build: (b, x) => b.op("Reshape", [x, b.ints(0, -1)]),
  },
  { title: "Squeeze", input: [2, 1, 4, 1], build: (b, x) => b.op("Squeeze", [x, b.ints(1)]) },
  { title: "Squeeze of all", input: [2, 1, 4, 1], build: (b, x) => b.op("Squeeze", [x]) },
  { title: "Unsqueeze", input: [2, 4], build: (b, x) => b.op("Unsqueeze", [x, b.ints(0, -1)]) },
  {
    title: "Transpose",
    input: [2, 3, 4],
    build: (b, x) => b.op("Transpose", [x], { perm: [2, 0, 1] }),
  },
  { title: "Transpose, default order", input: [2, 3, 4], build: (b, x) => b.op("Transpose", [x]) },
  {
    title: "Concat with a constant before",
    input: [1, 2, 3, 3],
    build: (b, x) => b.op("Concat", [b.constant(randomTensor([1, 4, 3, 3], 2)), x], { axis: 1 }),
  },
  {
    title: "Concat of the same value twice, negative axis",
    input: [2, 3],
    build: (b, x) => b.op("Concat", [x, b.op("Tanh", [x]), x], { axis: -1 }),
  },
  { title: "Concat of one", input: [2, 3], build: (b, x) => b.op("Concat", [x], { axis: 0 }) },
  {
    title: "Pad with zeros",
    input: [1, 2, 3, 4],
    build: pads([0, 1, 2, 0, 1, 0, 1, 3], "constant"),
  },
  {
    title: "Pad with negative amounts",
    input: [1, 2, 5, 6],
    build: pads([0, 0, -1, 2, 0, -1, -2, -3], "constant"),
  },
  {
    title: "Pad by reflection",
    input: [1, 2, 4, 5],
    build: pads([0, 0, 2, 1, 0, 0, 1, 4], "reflect"),
  },
  {
    title: "Pad by reflection, one side",
    input: [1, 1, 4, 5],
    build: pads([0, 0, 3, 0, 0, 0, 0, 2], "reflect"),
  },
  {
    title: "Pad by repeating the edge",
    input: [1, 2, 4, 5],
    build: pads([0, 0, 2, 1, 0, 0, 1, 7], "edge"),
  },
  {
    title: "Pad by repeating one edge of a single pixel",
    input: [1, 2, 1, 5],
    build: pads([0, 0, 3, 0, 0, 0, 0, 0], "edge"),
  },
  { title: "Slice", input: [3, 4, 5], build: slices([1, 0], [3, 2], [0, 2]) },
  {
    title: "Slice with negative bounds and axes",
    input: [3, 4, 5],
    build: slices([-3, -100], [-1, 2], [-1, 1]),
  },
  { title: "Slice beyond the end", input: [3, 4], build: slices([1, 2], [1000, 2 ** 40]) },
  {
    title: "ReduceMean over axes, kept",
    input: [2, 3, 4],
    build: (b, x) => b.op("ReduceMean", [x, b.ints(1, 2)], { keepdims: 1 }),
  },
  {
    title: "ReduceMean over axes, dropped",
    input: [2, 3, 4],
    build: (b, x) => b.op("ReduceMean", [x, b.ints(-2)], { keepdims: 0 }),
  },
  {
    title: "ReduceMean of all",
    input: [2, 3, 4],
    build: (b, x) => b.op("ReduceMean", [x], { keepdims: 0 }),
  },
  {
    title: "ReduceSum",
    input: [2, 3, 4],
    build: (b, x) => b.op("ReduceSum", [x, b.ints(0)], { keepdims: 0 }),
  },
];

describe("the gradients of ops that move values match finite differences", () => {
  it.each(variants)("$title", async ({ input, build }) => {
    await checkEveryElement(graphOf(input, build));
  });
});

describe("refuses what cannot be differentiated", () => {
  it.each<Variant>([
    {
      title: "Pad that reflects and crops at once",
      input: [4, 4],
      build: pads([-1, 0, 2, 0], "reflect"),
    },
    {
      title: "Gather by indices that depend on the picture",
      input: [4, 4],
      build: (b, x) => {
        const first = b.op("Slice", [x, b.ints(0, 0), b.ints(1, 2), b.ints(0, 1)]);
        return b.op("Gather", [x, b.op("Cast", [b.op("Abs", [first])], { to: 7 })]);
      },
    },
    {
      title: "Cast to whole numbers and back",
      input: [4, 4],
      build: (b, x) => b.op("Cast", [b.op("Cast", [x], { to: 7 })], { to: 1 }),
    },
  ])("$title", async ({ input, build }) => {
    await expect(checkEveryElement(graphOf(input, build))).rejects.toMatchObject({
      code: "MODEL_UNSUPPORTED_OP",
    });
  });
});
