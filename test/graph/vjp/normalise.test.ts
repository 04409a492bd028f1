import { describe, it } from "vitest";
import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

describe("the gradient of LRN matches finite differences", () => {
  // Large alphas, because with the usual 1e-4 the tested term would be smaller than rounding errors.
  it.each([
    { channels: 8, size: 5, alpha: 2, beta: 0.75, bias: 1 },
    { channels: 8, size: 5, alpha: 2, beta: 0.75, bias: 2 },
    { channels: 8, size: 3, alpha: 3, beta: 0.5, bias: 0.7 },
    { channels: 3, size: 7, alpha: 3, beta: 1.2, bias: 1 },
    { channels: 5, size: 1, alpha: 1, beta: 0.75, bias: 1 },
    { channels: 64, size: 5, alpha: 2, beta: 0.75, bias: 1 },
  ])(
    "$channels channels, size $size, beta $beta, bias $bias",
    async ({ channels, ...attributes }) => {
      await checkEveryElement(
        graphOf([1, channels, 3, 4], (b, x) => b.op("LRN", [x], attributes)),
        { range: [-2, 2] },
      );
    },
  );

  it("with its default attributes", async () => {
    await checkEveryElement(
      graphOf([1, 6, 3, 3], (b, x) => b.op("LRN", [x], { size: 5 })),
      {
        range: [-200, 200],
      },
    );
  });
});

describe("the gradient of BatchNormalization matches finite differences", () => {
  it.each([[[2, 3, 4, 4]], [[3, 3]], [[1, 3, 9]]])("shape %j", async (dims) => {
    const graph = graphOf(dims, (b, x) =>
      b.op(
        "BatchNormalization",
        [
          x,
          b.constant(randomTensor([3], 2)),
          b.constant(randomTensor([3], 3)),
          b.constant(randomTensor([3], 4)),
          b.constant(randomTensor([3], 5, 0.1, 2)),
        ],
        { epsilon: 0.01 },
      ),
    );
    await checkEveryElement(graph);
  });
});
