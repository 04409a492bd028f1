import { describe, expect, it } from "vitest";
import { floatTensor } from "../../../src/graph/graph.ts";
import { checkEveryElement, gradientAt, graphOf } from "./finite-differences.ts";

const dims = [1, 3, 4, 6];

describe("the gradients of activations match finite differences", () => {
  it.each(["Relu", "LeakyRelu", "Sigmoid", "Tanh"])("%s", async (op) => {
    await checkEveryElement(
      graphOf(dims, (b, x) => b.op(op, [x])),
      { range: [-3, 3] },
    );
  });

  it("LeakyRelu with a slope", async () => {
    await checkEveryElement(graphOf(dims, (b, x) => b.op("LeakyRelu", [x], { alpha: 0.3 })));
  });

  it.each([
    ["both bounds", -0.5, 0.75],
    ["a lower bound", -0.5, undefined],
    ["an upper bound", undefined, 0.75],
  ])("Clip with %s", async (_, min, max) => {
    const graph = graphOf(dims, (b, x) => {
      const inputs = [x, min === undefined ? "" : b.scalar(min)];
      return b.op("Clip", max === undefined ? inputs : [...inputs, b.scalar(max)]);
    });
    await checkEveryElement(graph);
  });

  it.each([
    [[2, 7], -1],
    [[2, 7], 0],
    [[1, 5, 2, 3], 1],
    [[1, 5, 2, 3], 3],
  ])("Softmax of %j along axis %i", async (shape, axis) => {
    await checkEveryElement(
      graphOf(shape, (b, x) => b.op("Softmax", [x], { axis })),
      { range: [-2, 2] },
    );
  });

  it("Softmax along its default axis, the last", async () => {
    await checkEveryElement(graphOf([3, 4], (b, x) => b.op("Softmax", [x])));
  });
});

it("Relu needs no mask if its output is only squared, and has one if another node reads the output", async () => {
  const squared = graphOf([6], (b, x) => {
    const active = b.op("Relu", [x]);
    return b.op("Mul", [active, active]);
  });
  const both = graphOf([6], (b, x) => {
    const active = b.op("Relu", [x]);
    return b.op("Add", [b.op("Mul", [active, active]), active]);
  });
  await checkEveryElement(squared);
  await checkEveryElement(both);
});

it("Relu has gradient 0 at zero and 1 just above", async () => {
  const graph = graphOf([5], (b, x) => b.op("Relu", [x]));
  const seeds = new Map([[graph.outputs[0]!.name, floatTensor([5], [2, 2, 2, 2, 2])]]);
  const gradient = await gradientAt(graph, floatTensor([5], [-1, 0, 1e-20, 1e-6, 1e30]), seeds);
  expect([...gradient.data]).toEqual([0, 0, 2, 2, 2]);
});
