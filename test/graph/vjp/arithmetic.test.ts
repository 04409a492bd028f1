import { describe, it } from "vitest";
import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

const dims = [1, 3, 4, 5];
const shapes: readonly (readonly number[])[] = [
  dims,
  [],
  [5],
  [3, 1, 1],
  [1, 3, 1, 5],
  [2, 3, 4, 5],
];

describe.each(["Add", "Sub", "Mul", "Div"])("%s", (op) => {
  it.each(shapes)("the picture on the left, a constant of shape [%s]", async (...shape) => {
    await checkEveryElement(
      graphOf(dims, (b, x) => b.op(op, [x, b.constant(randomTensor(shape, 2, 0.5, 1.5))])),
    );
  });

  it.each(shapes)("the picture on the right, a constant of shape [%s]", async (...shape) => {
    await checkEveryElement(
      graphOf(dims, (b, x) => b.op(op, [b.constant(randomTensor(shape, 2, 0.5, 1.5)), x])),
      { range: [1, 2] },
    );
  });

  it("the picture on both sides, one side broadcast to the other", async () => {
    const graph = graphOf(dims, (b, x) => {
      const rows = b.op("ReduceMean", [x, b.ints(3)], { keepdims: 1 });
      return [b.op(op, [x, rows]), b.op(op, [rows, x])];
    });
    await checkEveryElement(graph, { range: [1, 2] });
  });

  it("the picture in both operands", async () => {
    const graph = graphOf(dims, (b, x) =>
      [b.op(op, [x, x]), x].slice(0, 1).concat(b.op("Mul", [x, x])),
    );
    await checkEveryElement(graph, { range: [1, 2] });
  });
});

describe("Sum", () => {
  it("of three values, broadcast", async () => {
    const graph = graphOf(dims, (b, x) => {
      const mean = b.op("ReduceMean", [x, b.ints(1, 2)], { keepdims: 1 });
      return b.op("Sum", [x, b.constant(randomTensor([2, 1, 1, 5], 3)), mean]);
    });
    await checkEveryElement(graph);
  });

  it("of one value", async () => {
    await checkEveryElement(graphOf(dims, (b, x) => b.op("Sum", [x])));
  });
});
