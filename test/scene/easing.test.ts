import { describe, expect, test } from "vitest";
import { ease, parseEasing } from "../../src/scene/easing.ts";

/** A cubic Bézier curve by its definition, with its parameter found by bisection. */
function cubicBezier(x1: number, y1: number, x2: number, y2: number, x: number): number {
  const along = (a: number, b: number, s: number): number =>
    3 * a * s * (1 - s) ** 2 + 3 * b * s * s * (1 - s) + s ** 3;
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (along(x1, x2, middle) < x) low = middle;
    else high = middle;
  }
  return along(y1, y2, low);
}

const at = (name: string, share: number): number => ease(parseEasing(name)!, share);

describe("an easing", () => {
  test.each([
    ["linear", 0, 0.5, 1],
    ["hold", 0, 0, 1],
    ["step-start", 1, 1, 1],
    ["step-end", 0, 0, 1],
    ["steps(4)", 0, 0.5, 1],
    ["ease", 0, 0.8024, 1],
    ["ease-in", 0, 0.3154, 1],
    ["ease-out", 0, 0.6846, 1],
    ["ease-in-out", 0, 0.5, 1],
    ["cubic-bezier(0, 0, 1, 1)", 0, 0.5, 1],
    ["cubic-bezier(0.68, -0.6, 0.32, 1.6)", 0, 0.5, 1],
  ])("%s has the values %d, %d, %d at 0, ½, 1", (name, start, middle, end) => {
    expect(at(name, 0)).toBe(start);
    expect(at(name, 0.5)).toBeCloseTo(middle, 3);
    expect(at(name, 1)).toBe(end);
  });

  test.each([
    ["ease", [0.25, 0.1, 0.25, 1]],
    ["ease-in", [0.42, 0, 1, 1]],
    ["ease-out", [0, 0, 0.58, 1]],
    ["ease-in-out", [0.42, 0, 0.58, 1]],
    ["cubic-bezier(0.1, 0.9, 0.2, 1.4)", [0.1, 0.9, 0.2, 1.4]],
  ] as const)("%s follows the Bézier curve of the CSS definition", (name, [x1, y1, x2, y2]) => {
    for (let i = 0; i <= 50; i++)
      expect(at(name, i / 50)).toBeCloseTo(cubicBezier(x1, y1, x2, y2, i / 50), 3);
  });

  test.each([
    "easy",
    "ease-in-cubic",
    "cubic-bezier(1, 2)",
    "cubic-bezier(-0.1, 0, 1, 1)",
    "cubic-bezier(0, 0, 1.1, 1)",
    "cubic-bezier(0, , 1, 1)",
    "steps(0)",
    "steps(1.5)",
    "constructor",
    "",
  ])("refuses %j", (name) => {
    expect(parseEasing(name)).toBeUndefined();
  });
});
