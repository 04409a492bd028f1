/** The kinds of values a scene is written in, as zod schemas with the messages users see. */
import { z } from "zod";
import { ExpressionError, parseExpression } from "./expression.ts";
import { parseTime } from "./time.ts";

/** Marks a problem as "planned, not there yet". */
const notYetMark = { notYet: true };

/** A key or value of the language that a later version will bring. */
export function notYet(what: string): z.ZodType {
  return z
    .unknown()
    .superRefine((_, ctx) =>
      ctx.addIssue({
        code: "custom",
        message: `${what} is not there yet; leave it out`,
        params: notYetMark,
      }),
    )
    .meta({ description: "Not there yet." });
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A number within `range`, or an expression of t, f, n and p. */
export function animated(range: Range, description: string): z.ZodType<number | string> {
  return z
    .union([z.number(), z.string()])
    .superRefine((value, ctx) => checkAnimated(value, range, ctx))
    .meta({ description });
}

/** Like `animated`; also `6deg`, `0.1turn`, `1rad`. Plain numbers are degrees. */
export function animatedAngle(description: string): z.ZodType<number | string> {
  return z
    .union([z.number(), z.string()])
    .superRefine((value, ctx) => {
      if (parseAngle(value) === undefined) checkAnimated(value, anyNumber, ctx);
    })
    .meta({ description });
}

export const anyNumber: Range = { min: -1e6, max: 1e6 };

/** Degrees of an angle with a unit; undefined for anything else. */
export function parseAngle(value: string | number): number | undefined {
  const match =
    typeof value === "string"
      ? /^\s*(-?(?:\d+\.?\d*|\.\d+))\s*(deg|turn|rad)\s*$/.exec(value)
      : null;
  if (!match) return undefined;
  const amount = Number(match[1]);
  return match[2] === "turn"
    ? amount * 360
    : match[2] === "rad"
      ? (amount * 180) / Math.PI
      : amount;
}

function checkAnimated(value: string | number, range: Range, ctx: z.RefinementCtx): void {
  if (typeof value === "number") {
    if (value < range.min || value > range.max || Number.isNaN(value))
      ctx.addIssue({ code: "custom", message: outside(value, range) });
    return;
  }
  try {
    parseExpression(value);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    ctx.addIssue({
      code: "custom",
      message: error.message,
      params: { offset: error.index, ...(error.notYet ? notYetMark : {}) },
    });
  }
}

/** What to say of a number outside its range. */
export function outside(value: number, { min, max }: Range): string {
  if (max >= 1e6) return `${value} is too small: it must be at least ${min}`;
  return `${value} is out of range: it must be from ${min} to ${max}`;
}

/** A duration or a moment. */
export function time(description: string): z.ZodType<number | string> {
  return z
    .union([z.number(), z.string()])
    .superRefine((value, ctx) => {
      if (!parseTime(value))
        ctx.addIssue({
          code: "custom",
          message: `"${value}" is not a time; write 4s, 1:30 or 96f`,
        });
    })
    .meta({ description });
}

const largestSide = 16384;

/** `640x360` as numbers; undefined where it is not a size. */
export function parseSize(text: string): { width: number; height: number } | undefined {
  const match = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/.exec(text);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

export const size: z.ZodType<string | number> = z
  // YAML reads 0x0 as a hexadecimal number.
  .union([z.string(), z.number()])
  .superRefine((text, ctx) => {
    const parsed = parseSize(String(text));
    const fits =
      parsed && [parsed.width, parsed.height].every((side) => side >= 1 && side <= largestSide);
    if (fits) return;
    const message = `"${text}" is not a size; write width x height in px, each from 1 to ${largestSide}: 640x360`;
    ctx.addIssue({ code: "custom", message });
  })
  .meta({ description: "Width x height in px, such as 640x360. Default: the source's own." });
