/**
 * Arithmetic in a scene: a number that changes over time. Parsed by jsep, evaluated by a closed list of
 * operators, functions and variables: no members, no assignment, nothing of JavaScript is reachable.
 */
import jsep from "jsep";

/** What an expression may use: seconds, frame number, number of frames, share of the video 0..1. */
export interface Clock {
  readonly t: number;
  readonly f: number;
  readonly n: number;
  readonly p: number;
}

export interface Expression {
  readonly source: string;
  evaluate(clock: Clock): number;
}

/** A mistake at a character of the expression. */
export class ExpressionError extends Error {
  readonly index: number;
  /** Whether it asks for something planned but not there yet. */
  readonly notYet: boolean;

  constructor(message: string, index: number, notYet = false) {
    super(message);
    this.index = index;
    this.notYet = notYet;
  }
}

type Evaluate = (clock: Clock) => number;

const longest = 500;
const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };
const variables: readonly string[] = ["t", "f", "n", "p"];
const soundVariables: readonly string[] = ["level", "bass", "mid", "treble", "beat"];

const functions: Readonly<
  Record<string, { arity: readonly [number, number]; apply: (...args: number[]) => number }>
> = {
  ...Object.fromEntries(
    (["sin", "cos", "tan", "abs", "floor", "ceil", "round", "sqrt", "exp", "log"] as const).map(
      (name) => [name, { arity: [1, 1] as const, apply: (x: number) => Math[name](x) }],
    ),
  ),
  min: { arity: [1, 8], apply: (...args) => Math.min(...args) },
  max: { arity: [1, 8], apply: (...args) => Math.max(...args) },
  pow: { arity: [2, 2], apply: (a, b) => a! ** b! },
  mod: { arity: [2, 2], apply: (a, b) => a! - b! * Math.floor(a! / b!) },
  clamp: { arity: [3, 3], apply: (x, low, high) => Math.min(Math.max(x!, low!), high!) },
  lerp: { arity: [3, 3], apply: (a, b, x) => a! + (b! - a!) * x! },
  step: { arity: [2, 2], apply: (edge, x) => Number(x! >= edge!) },
};

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

const unary: Readonly<Record<string, (a: number) => number>> = {
  "-": (a) => -a,
  "+": (a) => a,
  "!": (a) => Number(a === 0),
};

// `^` is a power here, above multiplication and to the right.
jsep.addBinaryOp("^", 11, true);

/** Parse an expression. Throws `ExpressionError` with the character it is about. */
export function parseExpression(source: string): Expression {
  if (source.length > longest)
    throw new ExpressionError(`the expression is longer than ${longest} characters`, longest);
  let tree: jsep.Expression;
  try {
    tree = jsep(source);
  } catch (error) {
    const { index = 0, description = "it cannot be read" } = error as {
      index?: number;
      description?: string;
    };
    throw new ExpressionError(`wrong expression: ${description}`, index);
  }
  return { source, evaluate: compile(tree, source) };
}

function compile(node: jsep.Expression, source: string): Evaluate {
  switch (node.type) {
    case "Literal": {
      const { value } = node as jsep.Literal;
      if (typeof value !== "number")
        throw at(String((node as jsep.Literal).raw), source, "only numbers are allowed");
      return () => value;
    }
    case "Identifier":
      return identifier((node as jsep.Identifier).name, source);
    case "UnaryExpression": {
      const { operator, argument } = node as jsep.UnaryExpression;
      const apply = own(unary, operator);
      if (!apply) throw at(operator, source, `"${operator}" is not an operator here`);
      const inner = compile(argument, source);
      return (clock) => apply(inner(clock));
    }
    case "BinaryExpression":
    case "LogicalExpression": {
      const { operator, left, right } = node as jsep.BinaryExpression;
      const apply = own(binary, operator);
      if (!apply)
        throw at(
          operator,
          source,
          `"${operator}" is not an operator here; there are ${Object.keys(binary).join(" ")}`,
        );
      const [a, b] = [compile(left, source), compile(right, source)];
      return (clock) => apply(a(clock), b(clock));
    }
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as jsep.ConditionalExpression;
      const [c, a, b] = [
        compile(test, source),
        compile(consequent, source),
        compile(alternate, source),
      ];
      return (clock) => (c(clock) !== 0 ? a(clock) : b(clock));
    }
    case "CallExpression":
      return call(node as jsep.CallExpression, source);
    default:
      throw new ExpressionError(
        "only arithmetic, comparisons, a ? b : c and function calls are allowed",
        0,
      );
  }
}

function identifier(name: string, source: string): Evaluate {
  const constant = own(constants, name);
  if (constant !== undefined) return () => constant;
  if (variables.includes(name)) return (clock) => clock[name as keyof Clock];
  if (soundVariables.includes(name)) {
    throw new ExpressionError(
      `"${name}" follows the sound, which is not there yet`,
      find(name, source),
      true,
    );
  }
  throw at(
    name,
    source,
    `"${name}" is unknown; there are ${[...variables, ...Object.keys(constants)].join(", ")}`,
  );
}

function call({ callee, arguments: args }: jsep.CallExpression, source: string): Evaluate {
  const name = callee.type === "Identifier" ? (callee as jsep.Identifier).name : "";
  const known = own(functions, name);
  if (!known)
    throw at(
      name,
      source,
      `"${name}" is not a function here; there are ${Object.keys(functions).join(", ")}`,
    );
  const [least, most] = known.arity;
  if (args.length < least || args.length > most) {
    throw at(
      name,
      source,
      `${name} takes ${least === most ? least : `${least} to ${most}`} values, not ${args.length}`,
    );
  }
  const inner = args.map((arg) => compile(arg, source));
  return (clock) => known.apply(...inner.map((evaluate) => evaluate(clock)));
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function at(word: string, source: string, message: string): ExpressionError {
  return new ExpressionError(message, find(word, source));
}

function find(word: string, source: string): number {
  return Math.max(0, source.indexOf(word));
}
