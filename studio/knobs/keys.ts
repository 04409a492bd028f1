/** Keys at the playhead. */
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { fps, shotTimeSec } from "../state/playhead.ts";
import { begin, chosenValue, hasBegun } from "../state/selection.ts";
import { applyEdits, isWeight, keyEdit, rounded, timingOf, valueAt } from "./set.ts";

/** Whether a value has a key at the playhead: of a constant, the one at 0 that it was given here. */
export function hasKeyHere(value: ValueSummary): boolean {
  const at = shotTimeSec.value;
  const near = (timeSec: number): boolean => Math.abs(timeSec - at) < 0.5 / fps.value;
  return value.keys.length > 1
    ? value.keys.some(({ timeSec }) => near(timeSec))
    : hasBegun(value) && near(0);
}

/**
 * Add a key with the value that holds here. At 0 the key of a constant is the constant: it is written out, and the page
 * remembers that a change at another time is a key.
 */
export function addKeyHere(value: ValueSummary): void {
  const at = shotTimeSec.peek();
  chosenValue.value = value.path.join(".");
  if (value.keys.length < 2 && at < 0.5 / fps.peek()) {
    begin(value, true);
    // A default weight stays unwritten: written alone it would drop the other default layers.
    if (value.written || isWeight(value)) return;
  }
  // A key between two others takes the easing that was there.
  const ease = value.keys.find(({ timeSec }) => timeSec > at)?.ease;
  const number = rounded(valueAt(value, at), value);
  applyEdits(
    [keyEdit(value, at, number, ease === "linear" ? undefined : ease)],
    timingOf(value.shot),
  );
}

export function removeKeyHere(value: ValueSummary): void {
  begin(value, false);
  const index = value.keys.findIndex(
    ({ timeSec }) => Math.abs(timeSec - shotTimeSec.peek()) < 0.5 / fps.peek(),
  );
  if (index >= 0) removeKey(value, index);
}

/** Remove a key. The value before the first frame stays: it is the value itself. */
export function removeKey(value: ValueSummary, index: number): void {
  const key = value.keys[index];
  if (!key || (key.entry === undefined && key.timeSec === 0)) return;
  const list = typeof value.path.at(-1) === "number" ? value.path.slice(0, -1) : value.path;
  const edit = {
    type: "removeKey" as const,
    path: list,
    timeSec: key.timeSec,
    ...(key.entry === undefined ? {} : { entry: key.entry }),
    ...(value.shot === undefined ? {} : { shot: value.shot }),
  };
  applyEdits([edit], timingOf(value.shot));
}
