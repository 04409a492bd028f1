/**
 * Schedules in the syntax of Deforum and Parseq: `0:(1.02), 120:(1.05)`. Keys are frames, values between them are
 * interpolated linearly, and both ends hold. Input that Deforum would misread is an error.
 */
import { type Expression, ExpressionError, parseExpression } from "./expression.ts";

export interface ScheduleKey {
  readonly frame: number;
  readonly value: number | Expression;
}

export interface Schedule {
  readonly type: "schedule";
  /** By frame, the first at 0. */
  readonly keys: readonly ScheduleKey[];
}

/** Whether a value is a schedule: it starts with a number and a colon. */
export function isSchedule(text: string): boolean {
  return /^\s*[-+]?[\d.]+\s*:/.test(text);
}

/** Parse a schedule. Throws `ExpressionError` with the position of the error. */
export function parseSchedule(text: string): ScheduleKey[] {
  const keys: ScheduleKey[] = [];
  const frames = new Set<number>();
  let index = skipSpace(text, 0);
  while (index < text.length) {
    const key = readKey(text, index);
    if (frames.has(key.frame))
      throw new ExpressionError(`frame ${key.frame} has two values`, index);
    frames.add(key.frame);
    keys.push(key);
    index = skipSpace(text, key.end);
    if (index === text.length) break;
    if (text[index] !== ",")
      throw new ExpressionError("a comma is missing between two keys: 0:(1.02), 120:(1.05)", index);
    index = skipSpace(text, index + 1);
    if (index === text.length)
      throw new ExpressionError("a key is missing after the comma", index - 1);
  }
  if (!frames.has(0)) throw new ExpressionError("a schedule needs a key at frame 0: 0:(…)", 0);
  return keys.map(({ frame, value }) => ({ frame, value })).sort((a, b) => a.frame - b.frame);
}

function readKey(text: string, start: number): ScheduleKey & { readonly end: number } {
  const head = /^([-+]?[\d.]+)\s*:\s*/.exec(text.slice(start));
  if (!head) throw new ExpressionError("a key is written frame:(value), such as 0:(1.02)", start);
  const frame = Number(head[1]);
  if (!Number.isInteger(frame) || frame < 0)
    throw new ExpressionError(`${head[1]} is not a frame: frames are whole numbers from 0`, start);
  const open = start + head[0].length;
  if (text[open] !== "(")
    throw new ExpressionError(`the value must be in parentheses: ${frame}:(…)`, open);
  const close = closingParenthesis(text, open);
  const inner = text.slice(open + 1, close);
  try {
    const number = inner.trim() === "" ? Number.NaN : Number(inner);
    const value = Number.isFinite(number) ? number : parseExpression(inner);
    return { frame, value, end: close + 1 };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ExpressionError(error.message, open + 1 + error.index);
  }
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i;
  }
  throw new ExpressionError("this parenthesis is not closed", open);
}

function skipSpace(text: string, index: number): number {
  while (index < text.length && /\s/.test(text[index]!)) index++;
  return index;
}
