/** The value types of a scene, as zod schemas with user-facing messages. */
import { z } from "zod";
import { type Easing, easingNames, parseEasing } from "./easing.ts";
import { type Expression, ExpressionError, parseExpression } from "./expression.ts";
import { isSchedule, parseSchedule, type Schedule } from "./schedule.ts";
import { parseShotTime, parseTime, type ShotTime, type Time } from "./time.ts";
import { rightNumber, rightSize, rightTime } from "./units.ts";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** An animated value after parsing. */
export type AnimatedValue = number | Expression | Schedule;

/** A number within `range`, an expression, or a schedule such as `0:(1.02), 120:(1.05)`. */
export function animated(
  range: Range,
  description: string,
): z.ZodType<AnimatedValue, number | string> {
  return z
    .union([z.number(), z.string()])
    .transform((value, ctx) => readAnimated(value, range, ctx))
    .meta({ description });
}

/** Like `animated`; also `6deg`, `6 degrees`, `0.1turn`, `1rad`. Plain numbers are degrees. */
export function animatedAngle(
  description: string,
  range: Range = anyNumber,
): z.ZodType<AnimatedValue, number | string> {
  return z
    .union([z.number(), z.string()])
    .transform((value, ctx) => readAnimated(parseAngle(value) ?? value, range, ctx))
    .meta({ description });
}

export const anyNumber: Range = { min: -1e6, max: 1e6 };

/** Degrees of an angle with a unit; undefined for anything else. */
function parseAngle(value: string | number): number | undefined {
  const match =
    typeof value === "string" && value.length < 64
      ? /^\s*(-?(?:\d+\.?\d*|\.\d+))\s*(deg|degrees?|°|turns?|rad|radians?)\s*$/.exec(value)
      : null;
  if (!match) return undefined;
  const amount = Number(match[1]);
  if (match[2]!.startsWith("turn")) return amount * 360;
  return match[2]!.startsWith("rad") ? (amount * 180) / Math.PI : amount;
}

function readAnimated(value: string | number, range: Range, ctx: z.RefinementCtx): AnimatedValue {
  const isInside = (number: number): boolean => number >= range.min && number <= range.max;
  const refuse = (number: number): void =>
    void ctx.addIssue({ code: "custom", message: outside(number, range) });
  if (typeof value === "number") {
    if (!isInside(value)) refuse(value);
    return value;
  }
  try {
    if (!isSchedule(value)) return parseExpression(value);
    const keys = parseSchedule(value);
    for (const { value: number } of keys)
      if (typeof number === "number" && !isInside(number)) refuse(number);
    return { type: "schedule", keys };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const right = rightNumber(value);
    if (right === undefined) {
      ctx.addIssue({ code: "custom", message: error.message, params: { offset: error.index } });
    } else {
      ctx.addIssue({ code: "custom", message: `"${value}" is not a number; write ${right}` });
    }
    return z.NEVER;
  }
}

/** The message for a number outside its range. */
export function outside(value: number, { min, max }: Range): string {
  if (max >= 1e6) return `${value} is too small: it must be at least ${min}`;
  return `${value} is out of range: it must be from ${min} to ${max}`;
}

/** A duration or a moment. */
export function time(description: string): z.ZodType<Time, number | string> {
  return z
    .union([z.number(), z.string()])
    .transform((value, ctx) => {
      const parsed = parseTime(value);
      if (parsed) return parsed;
      const form = rightTime(String(value)) ?? "4s, 1:30, 96f or 8b";
      ctx.addIssue({ code: "custom", message: `"${value}" is not a time; write ${form}` });
      return z.NEVER;
    })
    .meta({ description });
}

/** A moment of a shot, which may also be a percentage. */
export const shotTime: z.ZodType<ShotTime, number | string> = z
  .union([z.number(), z.string()])
  .transform((value, ctx) => {
    const parsed = parseShotTime(value);
    if (parsed) return parsed;
    const form = rightTime(String(value)) ?? "4s, 1:30, 96f, 8b or 50%";
    const message = `"${value}" is not a time; write ${form}`;
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({
    description:
      "When the values are reached: 4s, 1:30, 96f, 8b or 50%, from the start of the shot.",
  });

export const easing: z.ZodType<Easing, string> = z
  .string()
  .transform((value, ctx) => {
    const parsed = parseEasing(value);
    if (parsed) return parsed;
    const message = `"${value}" is not an easing; use one of ${easingNames}`;
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ description: `Easing from the entry before: ${easingNames}. Default linear.` });

const largestSide = 16384;

/** In px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

function parseSize(text: string): Size | undefined {
  const match = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/.exec(text);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

export const size: z.ZodType<Size, string | number> = z
  // YAML reads 0x0 as a hexadecimal number.
  .union([z.string(), z.number()])
  .transform((text, ctx) => {
    const parsed = parseSize(String(text));
    const fits =
      parsed && [parsed.width, parsed.height].every((side) => side >= 1 && side <= largestSide);
    if (fits) return parsed;
    const right = rightSize(String(text));
    const form = right ?? `width x height in px, each from 1 to ${largestSide}: 640x360`;
    const message = `"${text}" is not a size; write ${form}`;
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ description: "Width x height in px, such as 640x360. Default: the source's own." });
