import { describe, it } from "vitest";
import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

const flags = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })));

describe.each(flags)(
  "the gradient of Gemm matches finite differences, transA $transA, transB $transB",
  ({ transA, transB }) => {
    const attributes = { transA, transB, alpha: 0.7, beta: -1.3 };
    // Full form: [3, 4] × [4, 5] + C.
    const left = transA ? [4, 3] : [3, 4];
    const right = transB ? [5, 4] : [4, 5];

    it("with respect to its first operand", async () => {
      await checkEveryElement(
        graphOf(left, (b, x) =>
          b.op(
            "Gemm",
            [x, b.constant(randomTensor(right, 2)), b.constant(randomTensor([5], 3))],
            attributes,
          ),
        ),
      );
    });

    it("with respect to its second operand", async () => {
      await checkEveryElement(
        graphOf(right, (b, x) => b.op("Gemm", [b.constant(randomTensor(left, 2)), x], attributes)),
      );
    });

    it.each([[3, 5], [5], [3, 1], []])(
      "with respect to its added operand of shape [%s, %s]",
      async (...shape) => {
        const dims = shape.filter((d) => d !== undefined);
        await checkEveryElement(
          graphOf(dims, (b, x) =>
            b.op(
              "Gemm",
              [b.constant(randomTensor(left, 2)), b.constant(randomTensor(right, 4)), x],
              attributes,
            ),
          ),
        );
      },
    );
  },
);

describe("the gradient of MatMul matches finite differences", () => {
  it.each([
    { left: [3, 4], right: [4, 5] },
    { left: [2, 3, 4], right: [2, 4, 5] },
    { left: [2, 3, 4], right: [4, 5] },
    { left: [3, 4], right: [2, 4, 5] },
    { left: [2, 1, 3, 4], right: [3, 4, 2] },
  ])("$left × $right, with respect to both operands", async ({ left, right }) => {
    await checkEveryElement(
      graphOf(left, (b, x) => b.op("MatMul", [x, b.constant(randomTensor(right, 2))])),
    );
    await checkEveryElement(
      graphOf(right, (b, x) => b.op("MatMul", [b.constant(randomTensor(left, 2)), x])),
    );
  });

  it("for attention, with the picture in both operands", async () => {
    const graph = graphOf([2, 3, 4], (b, x) => {
      const scores = b.op("MatMul", [x, b.op("Transpose", [x], { perm: [0, 2, 1] })]);
      return b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), x]);
    });
    await checkEveryElement(graph);
  });
});
