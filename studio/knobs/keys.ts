/** Keys at the playhead. */

import type { KeySummary, ValueSummary } from "../../src/studio/api-scene.ts";
import { isWeightPath } from "../../src/studio/edit/together.ts";
import { fps, shotTimeSec } from "../state/playhead.ts";
import { chosenKey, chosenKeyOf, chosenValue, isKeyed } from "../state/selection.ts";
import { tell } from "../state/toasts.ts";
import { withNewest } from "./followed.ts";
import { applyEdits, keyEdit, othersOf, rounded, setEdit, timingOf, valueAt } from "./set.ts";

/** The key of a value at the playhead. The start of a constant is none. */
export function keyHere(value: ValueSummary): KeySummary | undefined {
  const at = shotTimeSec.value;
  return isKeyed(value)
    ? value.keys.find(({ timeSec }) => Math.abs(timeSec - at) < 0.5 / fps.value)
    : undefined;
}

/** Number of the values that have their keys in common with this one: the layers, or the classes. */
export function sharedKeys(value: ValueSummary): number {
  return (othersOf(value)?.length ?? 0) + 1;
}

function tellShared(value: ValueSummary, what: string): void {
  const count = sharedKeys(value);
  const kind = value.path.at(-2);
  if (count > 1) tell(`${what} of all ${count} ${kind}: they share their keys.`, undefined, "keys");
}

/** Add a key with the value that holds here. At 0 too it is an entry of the timeline. */
export function addKeyHere(of: ValueSummary): void {
  withNewest(of, addKey);
}

function addKey(value: ValueSummary): void {
  const at = shotTimeSec.peek();
  chosenValue.value = value.path.join(".");
  // A key between two others takes the easing that was there.
  const ease = value.keys.find(({ timeSec }) => timeSec > at)?.ease;
  const number = rounded(valueAt(value, at), value);
  const edit = keyEdit(value, at, number, ease === "linear" ? undefined : ease);
  tellShared(value, "This is a key");
  applyEdits([{ ...edit, asEntry: true } as typeof edit], timingOf(value.shot));
}

export function removeKeyHere(of: ValueSummary): void {
  withNewest(of, (value) => {
    const key = keyHere(value);
    if (!key) return;
    tellShared(value, "Removed the key");
    removeKey(value, value.keys.indexOf(key));
  });
}

export function removeChosenKey(of: ValueSummary): void {
  withNewest(of, (value) => {
    const index = chosenKeyOf(value);
    if (index !== undefined) removeKey(value, index);
    chosenKey.value = undefined;
  });
}

/** Remove a key. The one that the timeline does not hold stays: it is the value itself. The last one leaves its value. */
function removeKey(value: ValueSummary, index: number): void {
  const key = value.keys[index];
  if (!key || (key.entry === undefined && key.timeSec === 0)) return;
  const edit = {
    type: "removeKey" as const,
    path: value.path,
    timeSec: key.timeSec,
    ...(key.entry === undefined ? {} : { entry: key.entry }),
    ...(value.shot === undefined ? {} : { shot: value.shot }),
  };
  const isLast = value.keys.length === 1 && typeof key.value === "number";
  const stays = isLast && !isWeightPath(value.path) ? [setEdit(value, key.value as number)] : [];
  applyEdits([edit, ...stays], timingOf(value.shot));
}
