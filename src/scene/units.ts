/** Suggests the right form for numbers, times and sizes in other notations. */
import { soundNames } from "./clock.ts";

const times: readonly (readonly [RegExp, (value: number) => string | undefined])[] = [
  [/^(s|secs?|seconds?)$/, (value) => `${value}s`],
  [/^(m|mins?|minutes?)$/, (value) => `${value}min`],
  [/^(h|hrs?|hours?)$/, (value) => `${value * 60}min`],
  [/^(f|fr|frames?)$/, (value) => (Number.isInteger(value) ? `${value}f` : undefined)],
  [/^(b|beats?)$/, (value) => `${value}b`],
  [/^(bars?|measures?)$/, (value) => `${value}bar`],
  [/^(ms|msecs?|milliseconds?)$/, (value) => `${value}ms`],
];

/** Names that may follow a number in an expression if a `*` is missing. */
const names: readonly string[] = ["t", "f", "n", "p", "b", "pi", "e", ...soundNames];

/** A number with a decimal point or comma, and the letters after it. */
function numberWithUnit(text: string): { value: number; unit: string } | undefined {
  const match = /^\s*([-+]?(?:\d+(?:[.,]\d+)?|[.,]\d+))\s*(%|[a-z°]*)\s*$/i.exec(text);
  if (!match || text.length > 64) return undefined;
  return { value: Number(match[1]!.replace(",", ".")), unit: match[2]!.toLowerCase() };
}

/** The number for `150%`: `1.5`. */
export function rightNumber(text: string): string | undefined {
  const found = numberWithUnit(text);
  if (!found) return undefined;
  const { value, unit } = found;
  if (unit === "%") return `${Number((value / 100).toPrecision(12))}`;
  return names.includes(unit) ? `${value} * ${unit}` : `${value}`;
}

/** The time for `8 seconds`: `8s`. */
export function rightTime(text: string): string | undefined {
  const found = numberWithUnit(text);
  if (!found || found.value < 0) return undefined;
  return times.find(([unit]) => unit.test(found.unit))?.[1](found.value);
}

const heights: Readonly<Record<string, string>> = {
  "360p": "640x360",
  "480p": "854x480",
  "720p": "1280x720",
  "1080p": "1920x1080",
  "1440p": "2560x1440",
  "2160p": "3840x2160",
  hd: "1280x720",
  fullhd: "1920x1080",
  "4k": "3840x2160",
};

/** The size for `1080p` or `640*360`: `1920x1080`, `640x360`. */
export function rightSize(text: string): string | undefined {
  const short = text.toLowerCase().replace(/[\s_-]/g, "");
  if (Object.hasOwn(heights, short)) return heights[short];
  const pair = /^\s*(\d{1,5})\s*(?:[*,:/;]|by|\s)\s*(\d{1,5})\s*$/i.exec(text);
  return pair ? `${pair[1]}x${pair[2]}` : undefined;
}
