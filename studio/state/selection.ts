/** Which value and which of its keys the timeline and the knobs point at. */
import { signal } from "@preact/signals";

/** `motion.zoom`: its curve is in front. */
export const chosenValue = signal<string | undefined>(undefined);
/** Index among the value's keys. */
export const chosenKey = signal<number | undefined>(undefined);
