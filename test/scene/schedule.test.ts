import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/scene/evaluate.ts";
import { type Expression, ExpressionError } from "../../src/scene/expression.ts";
import { isSchedule, parseSchedule } from "../../src/scene/schedule.ts";

describe("a schedule in the notation of Deforum and Parseq", () => {
  test("defines keys at frames, in any order and spacing", () => {
    expect(parseSchedule(" 120:(1.05) ,0: (1.02),60 :( -3e-1 ) ")).toEqual([
      { frame: 0, value: 1.02 },
      { frame: 60, value: -0.3 },
      { frame: 120, value: 1.05 },
    ]);
  });

  test("accepts expressions with parentheses and commas", () => {
    const [first, second] = parseSchedule("0:(max(1, (2 + t) * 3)), 8:(sin(f))");
    const clock = { t: 2, f: 48, n: 96, p: 0.5, fps: 24, end: 4, seed: 1 };
    expect(first!.value).toMatchObject({ source: "max(1, (2 + t) * 3)" });
    expect(evaluate(first!.value as Expression, clock)).toBe(12);
    expect(second!.frame).toBe(8);
  });

  test.each([
    ["0:(1)", true],
    ["-5:(1)", true],
    ["1.5 :(2)", true],
    ["t < 3 ? 1 : 2", false],
    ["1 ? 2 : 3", false],
    ["1.5 * t", false],
  ])("%s is recognised as a schedule: %s", (text, meant) => {
    expect(isSchedule(text)).toBe(meant);
  });

  test.each([
    ["a missing comma", "0:(1) 10:(2)", 6, /comma is missing/],
    ["a missing comma without a space", "0:(1)10:(2)", 5, /comma is missing/],
    ["a negative frame", "0:(1), -10:(2)", 7, /-10 is not a frame/],
    ["half a frame", "0:(1), 10.5:(2)", 7, /10.5 is not a frame/],
    ["an unclosed parenthesis", "0:(1), 10:(2 + (3)", 10, /not closed/],
    ["an extra closing parenthesis", "0:(1)), 10:(2)", 5, /comma is missing/],
    ["no parentheses", "0: 1, 10: 2", 3, /must be in parentheses: 0:/],
    ["no key at 0", "10:(1), 20:(2)", 0, /key at frame 0/],
    ["two values for a frame", "0:(1), 5:(2), 5:(3)", 14, /frame 5 has two values/],
    ["an empty value", "0:(1), 5:()", 10, /invalid expression|cannot be read|only/],
    ["a trailing comma", "0:(1),", 5, /missing after the comma/],
    ["a word as a key", "0:(1), end:(2)", 7, /frame:\(value\)/],
    ["an unknown word in a value", "0:(1), 10:(2 * tt)", 15, /"tt" is unknown/],
  ])("with %s is refused with the place of the error", (_, text, index, message) => {
    let failure: unknown;
    try {
      parseSchedule(text);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(ExpressionError);
    expect(failure).toMatchObject({ index, message: expect.stringMatching(message) });
  });
});
