/** Which value and which of its keys the timeline and the knobs point at. */
import { signal } from "@preact/signals";
import type { ValueSummary } from "../../src/studio/api-scene.ts";

/** `motion.zoom`: its curve is in front. */
export const chosenValue = signal<string | undefined>(undefined);
/** Index among the value's keys. */
export const chosenKey = signal<number | undefined>(undefined);

/** Whether a value has keys, so that a change at another time is one more: several, or one that the timeline holds. */
export function isKeyed({ keys }: Pick<ValueSummary, "keys">): boolean {
  return keys.length > 1 || keys[0]?.entry !== undefined;
}
