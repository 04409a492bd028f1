/** Which value and which of its keys the timeline and the knobs point at. */
import { signal } from "@preact/signals";
import type { ValueSummary } from "../../src/studio/api-scene.ts";

/** `motion.zoom`: its curve is in front. */
export const chosenValue = signal<string | undefined>(undefined);
/** Index among the value's keys. */
export const chosenKey = signal<number | undefined>(undefined);

/** Constants with a key at 0: where they change at another time, that is a second key and not another constant. */
export const begun = signal<ReadonlySet<string>>(new Set());

/** The numbers of a pair have their keys together. */
function nameOf({ path, shot }: Pick<ValueSummary, "path" | "shot">): string {
  const whole = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
  return `${shot ?? ""} ${whole.join(".")}`;
}

export function hasBegun(value: Pick<ValueSummary, "path" | "shot">): boolean {
  return begun.value.has(nameOf(value));
}

export function begin(value: Pick<ValueSummary, "path" | "shot">, on: boolean): void {
  const names = new Set(begun.peek());
  if (on) names.add(nameOf(value));
  else names.delete(nameOf(value));
  begun.value = names;
}
