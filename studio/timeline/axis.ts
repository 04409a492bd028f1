/** Which curves are shown, and where their numbers are on the lane. */
import { computed } from "@preact/signals";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { isWeightPath } from "../../src/studio/edit/together.ts";
import { film, values } from "../state/check.ts";
import { chosenValue, isKeyed } from "../state/selection.ts";
import { curvesHeight } from "../state/ui.ts";
import { held } from "./held-key.ts";

/** Room above and below a curve, px. */
const margin = 16;

/** Every value that changes over the film. */
export const moving = computed(() =>
  values.value.filter((value) => value.animated || isKeyed(value)),
);
/** The chosen value in each shot, or the first that changes. */
export const front = computed(() => {
  const name = chosenValue.value;
  return values.value.filter((value) => value.path.join(".") === name);
});

/** Film frame at which a value's shot begins. */
export function startOf(value: ValueSummary): number {
  return value.shot === undefined ? 0 : (film.value?.shots[value.shot]?.startFrame ?? 0);
}

type Axis = readonly [low: number, high: number];

const nameOf = ({ path }: ValueSummary): string => path.join(".");

/** Least and greatest number of each value over all shots, by name. */
const extents = computed(() => {
  const found = new Map<string, Axis>();
  for (const value of values.value) {
    let [low, high] = found.get(nameOf(value)) ?? [value.value, value.value];
    const keys = value.keys.flatMap(({ value: number }) =>
      typeof number === "number" ? [number] : [],
    );
    for (const number of [value.value, ...(value.samples ?? []), ...keys])
      [low, high] = [Math.min(low, number), Math.max(high, number)];
    found.set(nameOf(value), [low, high]);
  }
  return found;
});

/** Lowest and highest value that the lane shows: the same for all shots. */
export function axisOf(value: ValueSummary): Axis {
  const now = held.value;
  if (now && nameOf(now.value) === nameOf(value)) return now.axis;
  const [low, high] = extents.value.get(nameOf(value)) ?? [value.value, value.value];
  // Weights share one scale, so that they can be compared.
  if (isWeightPath(value.path)) return [Math.min(0, low), Math.max(1, high)];
  if (high - low < 1e-9) {
    const [from, to] = value.span;
    return [Math.min(from, low), Math.max(to, high)];
  }
  // A small change is no cliff: at least a fifth of the knob's span is shown.
  const lacking = (value.span[1] - value.span[0]) / 5 - (high - low);
  return lacking > 0 ? [low - lacking / 2, high + lacking / 2] : [low, high];
}

export function yOf(number: number, [low, high]: Axis, height = curvesHeight.value): number {
  const share = high > low ? (number - low) / (high - low) : 0.5;
  return height - margin - share * (height - 2 * margin);
}

export function numberAtY(y: number, [low, high]: Axis, height = curvesHeight.value): number {
  return low + ((height - margin - y) / (height - 2 * margin)) * (high - low);
}
