import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Attribute, Graph } from "../../../src/graph/graph.ts";
import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

interface Variant {
  readonly title: string;
  readonly input: readonly number[];
  /** `[K, C/group, …]` for Conv, `[C, K/group, …]` for ConvTranspose. */
  readonly kernel: readonly number[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Number of bias values; absent without a bias. */
  readonly bias?: number;
}

const convolutions: readonly Variant[] = [
  { title: "1×1", input: [1, 3, 4, 5], kernel: [4, 3, 1, 1] },
  {
    title: "3×3, same pads, bias",
    input: [1, 2, 5, 6],
    kernel: [3, 2, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
    bias: 3,
  },
  { title: "no pads", input: [1, 2, 6, 5], kernel: [3, 2, 3, 3] },
  {
    title: "a flat kernel, pads on one axis",
    input: [1, 2, 5, 6],
    kernel: [2, 2, 1, 5],
    attributes: { pads: [0, 2, 0, 2] },
  },
  {
    title: "unequal pads",
    input: [1, 2, 5, 5],
    kernel: [2, 2, 3, 3],
    attributes: { pads: [0, 2, 1, 0] },
  },
  {
    title: "pads wider than the kernel",
    input: [1, 2, 4, 4],
    kernel: [2, 2, 2, 2],
    attributes: { pads: [3, 2, 2, 3] },
  },
  {
    title: "stride 2 that fits",
    input: [1, 2, 6, 6],
    kernel: [3, 2, 2, 2],
    attributes: { strides: [2, 2] },
  },
  {
    title: "stride 2 that leaves a rest",
    input: [1, 2, 7, 6],
    kernel: [3, 2, 3, 3],
    attributes: { strides: [2, 2] },
  },
  {
    title: "1×1 with stride 2",
    input: [1, 3, 5, 6],
    kernel: [2, 3, 1, 1],
    attributes: { strides: [2, 2] },
  },
  {
    title: "the stem 6×6, stride 2, pads 2",
    input: [1, 3, 8, 6],
    kernel: [4, 3, 6, 6],
    attributes: { strides: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    title: "the stem on an odd size",
    input: [1, 3, 7, 9],
    kernel: [4, 3, 6, 6],
    attributes: { strides: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    title: "7×7, stride 2, pads 3",
    input: [1, 2, 9, 8],
    kernel: [3, 2, 7, 7],
    attributes: { strides: [2, 2], pads: [3, 3, 3, 3] },
  },
  {
    title: "11×11, stride 4, pads 2",
    input: [1, 1, 13, 17],
    kernel: [2, 1, 11, 11],
    attributes: { strides: [4, 4], pads: [2, 2, 2, 2] },
  },
  {
    title: "4×4, stride 4, that leaves a rest",
    input: [1, 2, 11, 9],
    kernel: [3, 2, 4, 4],
    attributes: { strides: [4, 4] },
  },
  {
    title: "stride 2 with pads wider than the kernel",
    input: [1, 2, 5, 4],
    kernel: [2, 2, 2, 2],
    attributes: { strides: [2, 2], pads: [4, 3, 2, 5] },
  },
  {
    title: "another stride on each axis",
    input: [1, 2, 7, 8],
    kernel: [2, 2, 3, 2],
    attributes: { strides: [1, 3], pads: [1, 0, 1, 1] },
  },
  {
    title: "a stride beyond the kernel",
    input: [1, 2, 8, 9],
    kernel: [2, 2, 2, 2],
    attributes: { strides: [3, 4] },
  },
  {
    title: "dilation 2",
    input: [1, 2, 7, 7],
    kernel: [2, 2, 3, 3],
    attributes: { dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    title: "dilation and stride",
    input: [1, 2, 9, 8],
    kernel: [2, 2, 3, 2],
    attributes: { dilations: [2, 3], strides: [2, 2], pads: [1, 2, 2, 1] },
  },
  {
    title: "two groups",
    input: [1, 4, 5, 4],
    kernel: [6, 2, 3, 3],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    title: "two groups, stride 2",
    input: [1, 4, 5, 6],
    kernel: [6, 2, 3, 3],
    attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: "depthwise",
    input: [1, 4, 5, 4],
    kernel: [4, 1, 3, 3],
    attributes: { group: 4, pads: [1, 1, 1, 1] },
  },
  {
    title: "depthwise with a multiplier",
    input: [1, 3, 4, 4],
    kernel: [6, 1, 3, 3],
    attributes: { group: 3 },
  },
  {
    title: "SAME_UPPER",
    input: [1, 2, 5, 6],
    kernel: [2, 2, 4, 3],
    attributes: { auto_pad: "SAME_UPPER" },
  },
  {
    title: "SAME_UPPER, stride 2",
    input: [1, 2, 6, 7],
    kernel: [2, 2, 3, 3],
    attributes: { auto_pad: "SAME_UPPER", strides: [2, 2] },
  },
  {
    title: "SAME_LOWER, stride 2",
    input: [1, 2, 6, 7],
    kernel: [2, 2, 3, 4],
    attributes: { auto_pad: "SAME_LOWER", strides: [2, 2] },
  },
  { title: "VALID", input: [1, 2, 5, 6], kernel: [2, 2, 3, 3], attributes: { auto_pad: "VALID" } },
  { title: "one axis", input: [1, 3, 12], kernel: [4, 3, 3], attributes: { pads: [1, 1] } },
  {
    title: "one axis, stride 3",
    input: [1, 3, 13],
    kernel: [4, 3, 5],
    attributes: { pads: [2, 1], strides: [3] },
  },
  {
    title: "three axes",
    input: [1, 2, 3, 4, 4],
    kernel: [2, 2, 2, 3, 3],
    attributes: { pads: [0, 1, 1, 1, 1, 1] },
  },
  {
    title: "a batch of two",
    input: [2, 2, 4, 4],
    kernel: [3, 2, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
  },
];

const transposed: readonly Variant[] = [
  { title: "stride 1", input: [1, 3, 4, 4], kernel: [3, 2, 3, 3] },
  {
    title: "stride 2, pads, bias",
    input: [1, 3, 3, 4],
    kernel: [3, 2, 4, 4],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    bias: 2,
  },
  {
    title: "output padding",
    input: [1, 2, 4, 3],
    kernel: [2, 3, 3, 3],
    attributes: { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 2] },
  },
  {
    title: "groups and dilation",
    input: [1, 4, 4, 4],
    kernel: [4, 2, 3, 3],
    attributes: { group: 2, dilations: [2, 2], pads: [1, 1, 1, 1] },
  },
];

function convolutionGraph(op: string, { input, kernel, attributes, bias }: Variant): Graph {
  return graphOf(input, (b: GraphBuilder, x) => {
    const inputs = [x, b.constant(randomTensor(kernel, 5))];
    if (bias) inputs.push(b.constant(randomTensor([bias], 6)));
    return b.op(op, inputs, attributes);
  });
}

describe("the gradient of Conv matches finite differences", () => {
  it.each(convolutions)("$title", async (variant) => {
    await checkEveryElement(convolutionGraph("Conv", variant));
  });
});

describe("the gradient of ConvTranspose matches finite differences", () => {
  it.each(transposed)("$title", async (variant) => {
    await checkEveryElement(convolutionGraph("ConvTranspose", variant));
  });
});

it("refuses a kernel that depends on the picture", async () => {
  const graph = graphOf([1, 2, 3, 3], (b, x) => b.op("Conv", [x, b.op("Relu", [x])]));
  await expect(checkEveryElement(graph)).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED_OP" });
});

it("refuses a ConvTranspose whose padding the runtime computes", async () => {
  const variant = { title: "", input: [1, 2, 3, 3], kernel: [2, 2, 3, 3] };
  const graph = convolutionGraph("ConvTranspose", {
    ...variant,
    attributes: { output_shape: [3, 3] },
  });
  await expect(checkEveryElement(graph)).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED_OP" });
});
