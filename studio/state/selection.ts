/** Which value and which of its keys the timeline and the knobs point at. */
import { signal } from "@preact/signals";
import type { ValueSummary } from "../../src/studio/api-scene.ts";

/** `motion.zoom`: its curve is in front. */
export const chosenValue = signal<string | undefined>(undefined);

/** A key of the chosen value. */
export interface ChosenKey {
  /** Shot of the value; without one the value is the film's. */
  readonly shot: number | undefined;
  /** Index among the value's keys. */
  readonly index: number;
}
export const chosenKey = signal<ChosenKey | undefined>(undefined);

/** Index of the chosen key, where it is one of this value in this shot. */
export function chosenKeyOf({ shot }: Pick<ValueSummary, "shot">): number | undefined {
  const chosen = chosenKey.value;
  return chosen && chosen.shot === shot ? chosen.index : undefined;
}

/** Whether two summaries are of the same value in the same shot. */
export function isSameValue(
  a: Pick<ValueSummary, "path" | "shot">,
  b: Pick<ValueSummary, "path" | "shot">,
): boolean {
  return a.shot === b.shot && a.path.join(".") === b.path.join(".");
}

/** Whether a value has keys, so that a change at another time is one more: several, or one that the timeline holds. */
export function isKeyed({ keys }: Pick<ValueSummary, "keys">): boolean {
  return keys.length > 1 || keys[0]?.entry !== undefined;
}
