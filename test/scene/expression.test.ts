import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/scene/evaluate.ts";
import { ExpressionError, parseExpression } from "../../src/scene/expression.ts";

const clock = { t: 2.5, f: 60, n: 240, p: 0.25, fps: 24, end: 10, seed: 1 };
const value = (source: string): number => evaluate(parseExpression(source), clock);

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
    ["saw(0.25) + saw(0.75)", 0],
    ["saw(1.25)", 0.5],
    ["square(0.25) - square(0.75)", 2],
    ["tri(0.25) - tri(-0.25) + tri(0.5) + tri(1)", 2],
  ])("%s equals %d", (source, expected) => {
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
    "bass.x",
    "noise()",
    "",
    "1 +",
    `${"(".repeat(400)}1`,
    "1+".repeat(400),
  ])("refuses %s", (source) => {
    expect(() => value(source)).toThrow(ExpressionError);
  });
});

describe("randomness in an expression", () => {
  const at = (source: string, seed: number): number =>
    evaluate(parseExpression(source), { ...clock, seed });

  test("depends only on the seed", () => {
    for (const source of ["noise(2.3)", "rand(7)"]) {
      expect(at(source, 4)).toBe(at(source, 4));
      expect(at(source, 4)).not.toBe(at(source, 5));
    }
  });

  test("noise is smooth, within -1..1, and about 0 on average", () => {
    const values = Array.from({ length: 4000 }, (_, i) => at(`noise(${i / 20})`, 3));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    const steps = values.slice(1).map((v, i) => Math.abs(v - values[i]!));
    expect(Math.max(...steps)).toBeLessThan(0.2);
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length)).toBeLessThan(0.15);
  });

  test("rand is constant between integers and uniform in 0..1", () => {
    expect(at("rand(3.9)", 1)).toBe(at("rand(3)", 1));
    const values = Array.from({ length: 2000 }, (_, i) => at(`rand(${i})`, 1));
    for (let bin = 0; bin < 10; bin++) {
      const inside = values.filter((v) => v >= bin / 10 && v < (bin + 1) / 10).length;
      expect(inside).toBeGreaterThan(140);
      expect(inside).toBeLessThan(260);
    }
  });
});

describe("the error for a mistake", () => {
  test.each([
    ["t + tt * 2", "tt", 4],
    ["sin(t) + si(2)", "si", 9],
    ["t + level + lvl", "lvl", 12],
    ["max(t, min(1))  + pow(2)", "pow", 18],
    ["1 + (2 | 3)", "|", 7],
    ["2 * 'two'", "'two'", 4],
    ["f / n + sin", "sin", 8],
  ])("in %s points at %s", (source, word, index) => {
    expect(source.slice(index, index + word.length)).toBe(word);
    expect(() => parseExpression(source)).toThrow(expect.objectContaining({ index }));
  });
});
