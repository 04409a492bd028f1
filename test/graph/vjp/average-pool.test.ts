import { describe, it } from "vitest";
import type { Attribute } from "../../../src/graph/graph.ts";
import { checkEveryElement, graphOf } from "./finite-differences.ts";

interface Variant {
  readonly title: string;
  readonly input: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const variants: readonly Variant[] = [
  {
    title: "2×2, stride 2",
    input: [1, 2, 6, 4],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  {
    title: "2×2, stride 2, odd size",
    input: [1, 2, 5, 7],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  {
    title: "2×3 tiles",
    input: [1, 2, 4, 6],
    attributes: { kernel_shape: [2, 3], strides: [2, 3] },
  },
  {
    title: "3×3, stride 1, pads 1",
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  },
  {
    title: "3×3, stride 2, pads 1",
    input: [1, 2, 7, 6],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: "5×5, stride 3",
    input: [1, 2, 11, 9],
    attributes: { kernel_shape: [5, 5], strides: [3, 3] },
  },
  {
    title: "a stride beyond the kernel",
    input: [1, 2, 9, 8],
    attributes: { kernel_shape: [2, 2], strides: [4, 3] },
  },
  {
    title: "unequal pads",
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [0, 1, 2, 0] },
  },
  {
    title: "ceil_mode",
    input: [1, 2, 8, 6],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  {
    title: "ceil_mode, pads 1",
    input: [1, 2, 6, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  {
    title: "ceil_mode, 2×2 tiles beyond the edge",
    input: [1, 2, 5, 7],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
  },
  {
    title: "SAME_UPPER",
    input: [1, 2, 6, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" },
  },
  {
    title: "SAME_LOWER, stride 1",
    input: [1, 2, 5, 6],
    attributes: { kernel_shape: [2, 3], auto_pad: "SAME_LOWER" },
  },
  {
    title: "one axis",
    input: [1, 3, 11],
    attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] },
  },
];

describe.each([0, 1])(
  "the gradient of AveragePool with count_include_pad %i matches finite differences",
  (count) => {
    it.each(variants)("$title", async ({ input, attributes }) => {
      const all = { ...attributes, count_include_pad: count };
      await checkEveryElement(graphOf(input, (b, x) => b.op("AveragePool", [x], all)));
    });
  },
);

it("GlobalAveragePool distributes the gradient evenly over the picture", async () => {
  await checkEveryElement(graphOf([2, 3, 4, 5], (b, x) => b.op("GlobalAveragePool", [x])));
});
