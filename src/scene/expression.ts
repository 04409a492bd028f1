/**
 * Arithmetic expressions of a scene, for numbers that change over time. jsep parses them; the language has a fixed list
 * of operators, functions and variables. Members, assignment and other JavaScript features are not accessible.
 */
import jsep from "jsep";
import { type SoundLevels, soundNames } from "./clock.ts";
import { functions } from "./functions.ts";
import { type BinaryOperator, binary, type UnaryOperator, unary } from "./operators.ts";

/** A parsed expression. `evaluate` computes its value. */
export interface Expression {
  readonly type: "expression";
  readonly source: string;
  /** The sound levels that it uses. */
  readonly audioInputs: readonly (keyof SoundLevels)[];
  /** Whether it counts beats. */
  readonly usesBeats: boolean;
  readonly tree: ExpressionTree;
}

/** A number, or an operation on others. */
export type ExpressionTree =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "variable"; readonly name: ExpressionVariable }
  | { readonly type: "sound"; readonly name: keyof SoundLevels }
  | {
      readonly type: "unary";
      readonly operator: UnaryOperator;
      readonly argument: ExpressionTree;
    }
  | {
      readonly type: "binary";
      readonly operator: BinaryOperator;
      readonly left: ExpressionTree;
      readonly right: ExpressionTree;
    }
  | {
      readonly type: "condition";
      readonly test: ExpressionTree;
      readonly whenTrue: ExpressionTree;
      readonly whenFalse: ExpressionTree;
    }
  | {
      readonly type: "call";
      readonly name: string;
      readonly arguments: readonly ExpressionTree[];
    };

const variables = ["t", "f", "n", "p", "b"] as const;
/** Seconds, frame, number of frames, position 0..1, and beats since the first one of the sound. */
export type ExpressionVariable = (typeof variables)[number];

/** An error at a character of the text. */
export class ExpressionError extends Error {
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

const longest = 500;
const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

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
  let parsed: jsep.Expression;
  try {
    parsed = parseTree(source);
  } catch (error) {
    const { index = 0, description = "it cannot be parsed" } = error as {
      index?: number;
      description?: string;
    };
    // The parser's position may be beyond the end.
    throw new ExpressionError(`invalid expression: ${description}`, Math.min(index, source.length));
  }
  const reader = new TreeReader(source);
  const tree = reader.read(parsed);
  const { audioInputs, usesBeats } = reader;
  return { type: "expression", source, audioInputs: [...audioInputs], usesBeats, tree };
}

/** Visits the parser's tree in text order, so that each word is the next one of its name in the text. */
class TreeReader {
  readonly audioInputs = new Set<keyof SoundLevels>();
  usesBeats = false;
  readonly #source: string;
  #cursor = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(node: jsep.Expression): ExpressionTree {
    switch (node.type) {
      case "Literal":
        return this.#literal(node as jsep.Literal);
      case "Identifier":
        return this.#identifier((node as jsep.Identifier).name);
      case "UnaryExpression": {
        const { operator: sign, argument } = node as jsep.UnaryExpression;
        const operator = this.#operator(unary, sign);
        return { type: "unary", operator, argument: this.read(argument) };
      }
      case "BinaryExpression":
      case "LogicalExpression": {
        const parts = node as jsep.BinaryExpression;
        const left = this.read(parts.left);
        const operator = this.#operator(binary, parts.operator);
        return { type: "binary", operator, left, right: this.read(parts.right) };
      }
      case "ConditionalExpression": {
        const { test, consequent, alternate } = node as jsep.ConditionalExpression;
        return {
          type: "condition",
          test: this.read(test),
          whenTrue: this.read(consequent),
          whenFalse: this.read(alternate),
        };
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

  #literal({ value, raw }: jsep.Literal): ExpressionTree {
    const index = this.#find(String(raw));
    if (typeof value !== "number") throw new ExpressionError("only numbers are allowed", index);
    if (!Number.isFinite(value)) throw new ExpressionError(`${raw} is too large`, index);
    return { type: "number", value };
  }

  #identifier(name: string): ExpressionTree {
    const index = this.#find(name);
    const constant = own(constants, name);
    if (constant !== undefined) return { type: "number", value: constant };
    const variable = variables.find((known) => known === name);
    if (variable) {
      if (variable === "b") this.usesBeats = true;
      return { type: "variable", name: variable };
    }
    const heard = soundNames.find((known) => known === name);
    if (heard) {
      this.audioInputs.add(heard);
      return { type: "sound", name: heard };
    }
    const known = [...variables, ...Object.keys(constants), ...soundNames].join(", ");
    const hint = own(functions, name) ? `; ${name} is a function: ${name}(…)` : "";
    throw new ExpressionError(`"${name}" is unknown${hint}; use one of ${known}`, index);
  }

  #operator<T extends string>(table: Readonly<Record<T, unknown>>, operator: string): T {
    const index = this.#find(operator);
    if (Object.hasOwn(table, operator)) return operator as T;
    throw new ExpressionError(
      `"${operator}" is not a supported operator; use one of ${Object.keys(table).join(" ")}`,
      index,
    );
  }

  #call({ callee, arguments: args }: jsep.CallExpression): ExpressionTree {
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
    return { type: "call", name, arguments: args.map((argument) => this.read(argument)) };
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
