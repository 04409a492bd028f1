/**
 * Arithmetic expressions of a scene, for numbers that change over time. jsep parses them; evaluation supports a fixed
 * list of operators, functions and variables. Members, assignment and other JavaScript features are not accessible.
 */
import jsep from "jsep";
import { type Clock, soundNames } from "./clock.ts";
import { functions } from "./functions.ts";

export interface Expression {
  readonly source: string;
  /** The sound levels that it uses. */
  readonly audioInputs: readonly string[];
  /** Whether it counts beats. */
  readonly usesBeats: boolean;
  evaluate(clock: Clock): number;
}

/** An error at a character of the text. */
export class ExpressionError extends Error {
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

type Evaluate = (clock: Clock) => number;

const longest = 500;
const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };
const variables: readonly string[] = ["t", "f", "n", "p"];

/** Beats since the first one of the sound; not a number without a tempo. */
function beatAt({ t, beats }: Clock): number {
  return beats ? beats.atStart + (t * beats.bpm) / 60 : Number.NaN;
}

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

/**
 * The tree of `source` where `^` is a power, above multiplication and to the right. The parser's operators belong to the
 * whole process: they are put back at once.
 */
function parseTree(source: string): jsep.Expression {
  const before = jsep.binary_ops["^"];
  const wasRight = jsep.right_associative.has("^");
  jsep.addBinaryOp("^", 11, true);
  try {
    return jsep(source);
  } finally {
    jsep.removeBinaryOp("^");
    if (before !== undefined) jsep.addBinaryOp("^", before, wasRight);
  }
}

/** Parse an expression. Throws `ExpressionError` with the position of the error. */
export function parseExpression(source: string): Expression {
  if (source.length > longest)
    throw new ExpressionError(`the expression is longer than ${longest} characters`, longest);
  let tree: jsep.Expression;
  try {
    tree = parseTree(source);
  } catch (error) {
    const { index = 0, description = "it cannot be parsed" } = error as {
      index?: number;
      description?: string;
    };
    // The parser's position may be beyond the end.
    throw new ExpressionError(`invalid expression: ${description}`, Math.min(index, source.length));
  }
  const compiler = new Compiler(source);
  const evaluate = compiler.compile(tree);
  const { audioInputs, usesBeats } = compiler;
  return { source, audioInputs: [...audioInputs], usesBeats, evaluate };
}

/** Visits the tree in text order, so that each word is the next one of its name in the text. */
class Compiler {
  readonly audioInputs = new Set<string>();
  usesBeats = false;
  readonly #source: string;
  #cursor = 0;

  constructor(source: string) {
    this.#source = source;
  }

  compile(node: jsep.Expression): Evaluate {
    switch (node.type) {
      case "Literal":
        return this.#literal(node as jsep.Literal);
      case "Identifier":
        return this.#identifier((node as jsep.Identifier).name);
      case "UnaryExpression": {
        const { operator, argument } = node as jsep.UnaryExpression;
        const apply = this.#operator(unary, operator);
        const inner = this.compile(argument);
        return (clock) => apply(inner(clock));
      }
      case "BinaryExpression":
      case "LogicalExpression": {
        const { operator, left, right } = node as jsep.BinaryExpression;
        const a = this.compile(left);
        const apply = this.#operator(binary, operator);
        const b = this.compile(right);
        return (clock) => apply(a(clock), b(clock));
      }
      case "ConditionalExpression": {
        const { test, consequent, alternate } = node as jsep.ConditionalExpression;
        const [c, a, b] = [this.compile(test), this.compile(consequent), this.compile(alternate)];
        return (clock) => (c(clock) !== 0 ? a(clock) : b(clock));
      }
      case "CallExpression":
        return this.#call(node as jsep.CallExpression);
      default:
        throw new ExpressionError(
          "only arithmetic, comparisons, a ? b : c and function calls are allowed",
          this.#cursor,
        );
    }
  }

  #literal({ value, raw }: jsep.Literal): Evaluate {
    const index = this.#find(String(raw));
    if (typeof value === "number") return () => value;
    throw new ExpressionError("only numbers are allowed", index);
  }

  #identifier(name: string): Evaluate {
    const index = this.#find(name);
    const constant = own(constants, name);
    if (constant !== undefined) return () => constant;
    if (variables.includes(name)) return (clock) => clock[name as "t" | "f" | "n" | "p"];
    if (name === "b") {
      this.usesBeats = true;
      return beatAt;
    }
    const heard = soundNames.find((known) => known === name);
    if (heard) {
      this.audioInputs.add(heard);
      return (clock) => clock.sound?.[heard] ?? Number.NaN;
    }
    const known = [...variables, "b", ...Object.keys(constants), ...soundNames].join(", ");
    const hint = own(functions, name) ? `; ${name} is a function: ${name}(…)` : "";
    throw new ExpressionError(`"${name}" is unknown${hint}; use one of ${known}`, index);
  }

  #operator<T>(table: Readonly<Record<string, T>>, operator: string): T {
    const index = this.#find(operator);
    const apply = own(table, operator);
    if (apply !== undefined) return apply;
    throw new ExpressionError(
      `"${operator}" is not a supported operator; use one of ${Object.keys(table).join(" ")}`,
      index,
    );
  }

  #call({ callee, arguments: args }: jsep.CallExpression): Evaluate {
    const name = callee.type === "Identifier" ? (callee as jsep.Identifier).name : "";
    const index = this.#find(name);
    const known = own(functions, name);
    if (!known) {
      const names = Object.keys(functions).join(", ");
      throw new ExpressionError(`"${name}" is not a known function; use one of ${names}`, index);
    }
    const [min, max] = known.arity;
    if (args.length < min || args.length > max) {
      throw new ExpressionError(
        `${name} takes ${min === max ? min : `${min} to ${max}`} values, not ${args.length}`,
        index,
      );
    }
    const inner = args.map((arg) => this.compile(arg));
    return (clock) =>
      known.apply(
        inner.map((evaluate) => evaluate(clock)),
        clock.seed,
      );
  }

  /** The position of the next `word`; the search continues after it. */
  #find(word: string): number {
    const name = /^\w+$/.test(word);
    let index = this.#source.indexOf(word, this.#cursor);
    const part = (at: number): boolean => /\w/.test(this.#source[at] ?? "");
    while (name && index >= 0 && (part(index - 1) || part(index + word.length)))
      index = this.#source.indexOf(word, index + 1);
    if (index < 0) return Math.min(this.#cursor, Math.max(0, this.#source.length - 1));
    this.#cursor = index + word.length;
    return index;
  }
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
