import { describe, expect, it } from "vitest";
import { type Attribute, floatTensor, type Graph } from "../../../src/graph/graph.ts";
import {
  checkDirections,
  checkEveryElement,
  gradientAt,
  graphOf,
  randomCotangents,
  randomTensor,
  spread,
} from "./finite-differences.ts";

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
    title: "3×3, stride 2, no pads",
    input: [1, 2, 7, 9],
    attributes: { kernel_shape: [3, 3], strides: [2, 2] },
  },
  {
    title: "3×3, stride 2, even size",
    input: [1, 2, 8, 6],
    attributes: { kernel_shape: [3, 3], strides: [2, 2] },
  },
  {
    title: "3×3, stride 2, pads 1",
    input: [1, 2, 8, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: "3×3, stride 1, pads 1",
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  },
  {
    title: "3×3, stride 2, ceil_mode",
    input: [1, 2, 8, 6],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  {
    title: "3×3, stride 2, ceil_mode, pads 1",
    input: [1, 2, 6, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  {
    title: "2×2, stride 3, ceil_mode",
    input: [1, 2, 7, 8],
    attributes: { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 },
  },
  {
    title: "unequal pads",
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [0, 1, 2, 0] },
  },
  {
    title: "an oblong kernel and stride",
    input: [1, 2, 7, 8],
    attributes: { kernel_shape: [4, 1], strides: [1, 3] },
  },
  {
    title: "a stride beyond the kernel",
    input: [1, 2, 9, 8],
    attributes: { kernel_shape: [2, 2], strides: [4, 3] },
  },
  {
    title: "1×1, stride 2",
    input: [1, 2, 5, 6],
    attributes: { kernel_shape: [1, 1], strides: [2, 2] },
  },
  {
    title: "5×5, stride 1, pads 2",
    input: [1, 1, 7, 6],
    attributes: { kernel_shape: [5, 5], pads: [2, 2, 2, 2] },
  },
  {
    title: "dilation 2",
    input: [1, 2, 7, 8],
    attributes: { kernel_shape: [2, 3], dilations: [2, 2], strides: [1, 2] },
  },
  {
    title: "SAME_UPPER",
    input: [1, 2, 6, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" },
  },
  {
    title: "SAME_LOWER",
    input: [1, 2, 6, 7],
    attributes: { kernel_shape: [2, 3], strides: [1, 2], auto_pad: "SAME_LOWER" },
  },
  {
    title: "one axis",
    input: [1, 3, 11],
    attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] },
  },
  {
    title: "a batch of two",
    input: [2, 2, 4, 5],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
];

describe("the gradient of MaxPool matches finite differences", () => {
  it.each(variants)("$title", async ({ input, attributes }) => {
    await checkEveryElement(graphOf(input, (b, x) => b.op("MaxPool", [x], attributes)));
  });
});

describe("the gradient of a strided MaxPool by blocks of channels matches finite differences", () => {
  const blocked = variants
    .filter(({ input, attributes: { strides, dilations } }) => {
      return (
        input.length === 4 && !dilations && Array.isArray(strides) && strides.some((s) => s > 1)
      );
    })
    .map((variant) => ({ ...variant, input: [variant.input[0]!, 16, ...variant.input.slice(2)] }));
  const check = (graph: Graph): Promise<void> =>
    checkDirections(graph, spread(graph.inputs[0]!.dims as number[], 1, -1, 3));

  it.each(blocked)("after a Relu: $title", async ({ input, attributes }) => {
    // The Relu has two readers, so it stays before the pool.
    await check(
      graphOf(input, (b, x) => {
        const active = b.op("Relu", [x]);
        return [b.op("MaxPool", [active], attributes), active];
      }),
    );
  });

  it.each(blocked)("before a Relu: $title", async ({ input, attributes }) => {
    await check(graphOf(input, (b, x) => b.op("Relu", [b.op("MaxPool", [x], attributes)])));
  });

  it("and is distributed completely for ties of positive values, also at the edges", async () => {
    const dims = [1, 16, 9, 8];
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const graph = graphOf(dims, (b, x) => b.op("Relu", [b.op("MaxPool", [x], attributes)]));
    await expectTotalKept(graph, dims, (v) => 1 + Math.round(Math.abs(v) * 2));
  });

  it("and uses the general rule if negative maxima count", async () => {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const graph = graphOf([1, 16, 5, 5], (b, x) => b.op("MaxPool", [x], attributes));
    await checkEveryElement(graph, { range: [-3, -1] });
  });
});

describe("a stride-1 pool of non-negative values", () => {
  const graphFor = (kernel: readonly number[], pads: readonly number[]): Graph =>
    graphOf([1, 16, 5, 4], (b, x) =>
      b.op("MaxPool", [b.op("Relu", [x])], { kernel_shape: kernel, pads }),
    );

  it.each([
    ["3×3", [3, 3], [1, 1, 1, 1]],
    ["2×2, padding at the end", [2, 2], [0, 0, 1, 1]],
    ["2×2, padding at the start", [2, 2], [1, 1, 0, 0]],
    ["5×1", [5, 1], [2, 0, 2, 0]],
    ["1×4, uneven padding", [1, 4], [0, 2, 0, 1]],
  ] as const)("has a gradient that matches finite differences: %s", async (_, kernel, pads) => {
    await checkEveryElement(graphFor(kernel, pads), { range: [-1, 3] });
  });

  it("distributes the gradient completely for ties of positive values, also at the edges", async () => {
    const graph = graphFor([3, 3], [1, 1, 1, 1]);
    await expectTotalKept(graph, [1, 16, 5, 4], (v) => 1 + Math.round(Math.abs(v) * 2));
  });
});

it("MaxPool distributes the gradient completely for ties, which are common after Relu", async () => {
  const dims = [1, 2, 9, 8];
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  const graph = graphOf(dims, (b, x) => b.op("MaxPool", [x], attributes));
  await expectTotalKept(graph, dims, (v) => Math.max(0, Math.round(v * 2)));
});

/**
 * Check that the gradient's sum equals that of its cotangents. `level` quantises values, so that most windows have
 * several maxima.
 */
async function expectTotalKept(
  graph: Graph,
  dims: readonly number[],
  level: (value: number) => number,
): Promise<void> {
  const cotangents = randomCotangents(graph, 3);
  const tied = floatTensor(dims, randomTensor(dims, 4).data.map(level));
  const gradient = await gradientAt(graph, tied, cotangents);
  const total = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
  expect(total(gradient.data)).toBeCloseTo(total(cotangents.get(graph.outputs[0]!.name)!.data), 4);
}

it("MaxPool assigns the whole gradient to the first of equal values", async () => {
  const graph = graphOf([1, 1, 4, 4], (b, x) =>
    b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }),
  );
  const seeds = new Map([[graph.outputs[0]!.name, floatTensor([1, 1, 2, 2], [1, 2, 3, 4])]]);
  const gradient = await gradientAt(graph, floatTensor([1, 1, 4, 4]), seeds);
  expect([...gradient.data]).toEqual([1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
});

it("MaxPool handles large negative values", async () => {
  const graph = graphOf([1, 1, 5, 5], (b, x) =>
    b.op("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  );
  await checkEveryElement(graph, { range: [-3000, -1000] });
});
