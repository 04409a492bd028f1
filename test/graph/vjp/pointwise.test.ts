import { describe, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";
import { checkEveryElement, graphOf, randomTensor } from "./finite-differences.ts";

const dims = [1, 3, 4, 6];
type Build = (b: GraphBuilder, x: string) => string;
type Case = readonly [string, Build, (readonly [number, number])?];

const one =
  (op: string, attributes = {}): Build =>
  (b, x) =>
    b.op(op, [x], attributes);
const positive = [0.2, 3] as const;
const both = [-3, 3] as const;

describe("the gradients of functions of one value match finite differences", () => {
  const cases: readonly Case[] = [
    ["Neg", one("Neg")],
    ["Abs", one("Abs"), both],
    ["Exp", one("Exp")],
    ["Log", one("Log"), positive],
    ["Sqrt", one("Sqrt"), positive],
    ["Reciprocal", one("Reciprocal"), positive],
    ["Erf", one("Erf"), both],
    ["Softplus", one("Softplus"), both],
    ["Elu", one("Elu", { alpha: 0.7 }), both],
    ["Selu", one("Selu"), both],
    ["HardSigmoid", one("HardSigmoid", { alpha: 0.3, beta: 0.45 }), both],
    ["HardSwish", one("HardSwish"), [-4.03, 4.01]],
    ["Mish", one("Mish"), both],
    ["LogSoftmax", one("LogSoftmax", { axis: 1 }), both],
    [
      "Sigmoid times x, as SiLU is exported",
      (b, x) => b.op("Mul", [x, b.op("Sigmoid", [x])]),
      both,
    ],
    ["PRelu", (b, x) => b.op("PRelu", [x, b.constant(randomTensor([3, 1, 1], 2, 0.1, 0.6))]), both],
    [
      "Pow with exponent 2, also for negative values",
      (b, x) => b.op("Pow", [x, b.scalar(2)]),
      both,
    ],
    ["Pow with exponent 3", (b, x) => b.op("Pow", [x, b.scalar(3)]), both],
    ["Pow with exponent −½", (b, x) => b.op("Pow", [x, b.scalar(-0.5)]), positive],
    ["Pow with a constant base", (b, x) => b.op("Pow", [b.scalar(1.7), x]), both],
    [
      "GELU as primitive ops",
      (b, x) => {
        const bell = b.op("Erf", [b.op("Div", [x, b.scalar(Math.SQRT2)])]);
        const half = b.op("Mul", [x, b.op("Add", [bell, b.scalar(1)])]);
        return b.op("Mul", [half, b.scalar(0.5)]);
      },
      both,
    ],
  ];
  it.each(
    cases.map(([title, build, range]) => ({ title, build, range: range ?? ([-1, 1] as const) })),
  )("$title", async ({ build, range }) => {
    await checkEveryElement(graphOf(dims, build), { range, tolerance: 2e-3 });
  });
});
