/** Keys at the playhead. */
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { fps, shotTimeSec } from "../state/playhead.ts";
import { chosenValue } from "../state/selection.ts";
import { applyEdits, keyEdit, rounded, timingOf, valueAt } from "./set.ts";

/** Add a key with the value that holds here. */
export function toggleKey(value: ValueSummary): void {
  const at = shotTimeSec.peek();
  chosenValue.value = value.path.join(".");
  // A key between two others takes the easing that was there.
  const ease = value.keys.find(({ timeSec }) => timeSec > at)?.ease;
  const number = rounded(valueAt(value, at), value);
  applyEdits(
    [keyEdit(value, at, number, ease === "linear" ? undefined : ease)],
    timingOf(value.shot),
  );
}

export function removeKeyHere(value: ValueSummary): void {
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
