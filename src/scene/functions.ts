/** The functions of expressions. */
import { latticeValue, smoothStep } from "../hash.ts";

interface ExpressionFunction {
  /** Minimum and maximum number of arguments. */
  readonly arity: readonly [number, number];
  apply(args: readonly number[], seed: number): number;
}

const math = [
  "sin",
  "cos",
  "tan",
  "abs",
  "floor",
  "ceil",
  "round",
  "sqrt",
  "exp",
  "log",
  "min",
  "max",
  "pow",
] as const;
const many: readonly string[] = ["min", "max"];

function mod(a: number, b: number): number {
  return a - b * Math.floor(a / b);
}

/** Value noise on a line: −1..1, smooth, a new value at every whole number. */
function noise(x: number, seed: number): number {
  const whole = Math.floor(x);
  const [from, to] = [latticeValue(whole, 0, 0, seed), latticeValue(whole + 1, 0, 0, seed)];
  return from + (to - from) * smoothStep(x - whole);
}

function define(
  count: number,
  apply: (args: readonly number[], seed: number) => number,
): ExpressionFunction {
  return { arity: [count, count], apply };
}

/** By name. Waves have period 1 and go from −1 to 1, as `sin(2*pi*x)` does. */
export const functions: Readonly<Record<string, ExpressionFunction>> = {
  ...Object.fromEntries(
    math.map((name): [string, ExpressionFunction] => [
      name,
      {
        arity: many.includes(name) ? [1, 8] : name === "pow" ? [2, 2] : [1, 1],
        apply: (args) => (Math[name] as (...values: number[]) => number)(...args),
      },
    ]),
  ),
  mod: define(2, ([a, b]) => mod(a!, b!)),
  clamp: define(3, ([x, low, high]) => Math.min(Math.max(x!, low!), high!)),
  lerp: define(3, ([a, b, x]) => a! + (b! - a!) * x!),
  step: define(2, ([edge, x]) => Number(x! >= edge!)),
  saw: define(1, ([x]) => 2 * mod(x! + 0.5, 1) - 1),
  square: define(1, ([x]) => (mod(x!, 1) < 0.5 ? 1 : -1)),
  tri: define(1, ([x]) => 1 - 4 * Math.abs(mod(x! + 0.25, 1) - 0.5)),
  noise: define(1, ([x], seed) => noise(x!, seed)),
  rand: define(1, ([x], seed) => (latticeValue(Math.floor(x!), 1, 0, seed) + 1) / 2),
};
