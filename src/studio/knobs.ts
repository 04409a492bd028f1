/** How the page shows each number: its words, unit, step, and the span in which it is usually turned. */

import type { Range } from "../scene/values.ts";
import type { ValuePath } from "./api-scene.ts";
import { isWeightPath } from "./edit/together.ts";

export interface Knob {
  readonly label: string;
  readonly unit: string;
  readonly step: number;
  readonly span: readonly [number, number];
}

type Row = readonly [label: string, unit: string, step: number, from: number, to: number];

const rows: Readonly<Record<string, Row>> = {
  "dream.octaves": ["octaves", "", 1, 1, 8],
  "dream.octaveScale": ["octave scale", "×", 0.01, 1.1, 2],
  "dream.iterations": ["steps", "", 1, 0, 30],
  "dream.stepSize": ["step size", "/255", 0.05, 0, 8],
  "dream.jitter": ["jitter", "px", 1, 0, 64],
  "dream.scaleJitter": ["scale jitter", "", 0.005, 0, 0.2],
  "dream.rotateJitter": ["rotation jitter", "°", 0.5, 0, 30],
  "dream.smoothing": ["smoothing", "px", 0.1, 0, 5],
  "dream.laplacian": ["laplacian", "levels", 1, 0, 6],
  "dream.totalVariation": ["total variation", "", 0.01, 0, 0.5],
  "dream.l2": ["towards grey", "", 0.002, 0, 0.1],
  "dream.guide.strength": ["guide", "", 0.01, 0, 1],
  "motion.zoom": ["zoom", "× / s", 0.01, 0.5, 3],
  "motion.rotate": ["rotate", "° / s", 0.5, -90, 90],
  "motion.tilt": ["tilt", "° / s", 0.5, -30, 30],
  "motion.turn": ["turn", "° / s", 0.5, -30, 30],
  "motion.fov": ["field of view", "°", 1, 20, 120],
  "motion.pan.0": ["pan x", "w / s", 0.005, -0.5, 0.5],
  "motion.pan.1": ["pan y", "w / s", 0.005, -0.5, 0.5],
  "motion.center.0": ["centre x", "", 0.005, 0, 1],
  "motion.center.1": ["centre y", "", 0.005, 0, 1],
  "feedback.amount": ["feedback", "", 0.01, 0, 1],
  "feedback.noise": ["noise", "", 0.002, 0, 0.1],
  "feedback.sharpen": ["sharpen", "/ s", 0.05, 0, 4],
  "color.saturation": ["saturation", "×", 0.01, 0, 2],
  "color.keep": ["source's colours", "", 0.01, 0, 1],
  "matte.strength": ["matte", "", 0.01, 0, 1],
  mix: ["mix", "", 0.01, 0, 1],
};

/** The knob of a value; its span holds `value` and lies within `range`. */
export function knobOf(path: ValuePath, range: Range, value: number): Knob {
  const [label, unit, step, from, to] = rowOf(path);
  const clamp = (x: number): number => Math.min(range.max, Math.max(range.min, x));
  const span = [Math.min(clamp(from), value), Math.max(clamp(to), value)] as const;
  return { label, unit, step, span };
}

function rowOf(path: ValuePath): Row {
  const own = rows[path.join(".")];
  if (own) return own;
  const [first, second, third] = path;
  if (first === "regions") {
    const [label, ...rest] = rowOf(path.slice(2));
    return [`region ${Number(second) + 1}: ${label}`, ...rest];
  }
  if (isWeightPath(path)) return [String(third), "", 0.01, -1, 2];
  if (first === "dream" && second === "iterations") {
    const [, unit, step, from, to] = rows["dream.iterations"]!;
    return [`steps, oct. ${Number(third) + 1}`, unit, step, from, to];
  }
  return [path.join(" "), "", 0.01, -1, 1];
}
