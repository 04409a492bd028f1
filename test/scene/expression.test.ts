import { describe, expect, test } from "vitest";
import { ExpressionError, parseExpression } from "../../src/scene/expression.ts";

const clock = { t: 2.5, f: 60, n: 240, p: 0.25 };
const value = (source: string): number => parseExpression(source).evaluate(clock);

describe("an expression", () => {
  test.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["2 ^ 3 ^ 2", 512],
    ["-2 ^ 2", 4],
    ["2 * t + f / n", 5.25],
    ["p < 0.5 ? 10 : 20", 10],
    ["sin(pi / 2) + cos(0)", 2],
    ["mod(-1, 4)", 3],
    ["clamp(5, 0, 1) + lerp(10, 20, 0.5) + step(1, 0.5)", 16],
    ["max(1, 7, 3) - min(4, 2)", 5],
    ["round(e) == 3 && !0", 1],
  ])("%s is %d", (source, expected) => {
    expect(value(source)).toBeCloseTo(expected, 10);
  });

  test.each([
    "constructor",
    "__proto__",
    "t.constructor",
    "(1).constructor",
    "t['x']",
    "process.exit(1)",
    "constructor('return 1')()",
    "toString()",
    "sin.call(1)",
    "a = 1",
    "[1, 2]",
    "'text'",
    "this",
    "t; f",
    "`x`",
    "new Date()",
    "sin()",
    "sin(1, 2)",
    "1 | 2",
    "",
    "1 +",
    `${"(".repeat(400)}1`,
    "1+".repeat(400),
  ])("refuses %s", (source) => {
    expect(() => value(source)).toThrow(ExpressionError);
  });
});
