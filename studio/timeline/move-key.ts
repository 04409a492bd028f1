/** Moves keys from the keyboard and the fields. The curve follows at once; the scene comes after. */
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import type { SceneEdit } from "../../src/studio/edit/edit-scene.ts";
import { newDrag } from "../knobs/drag.ts";
import { applyEdits, besideAt, limited, timingOf } from "../knobs/set.ts";
import { text } from "../state/document.ts";
import { chosenKey, isSameValue } from "../state/selection.ts";
import { axisOf } from "./axis.ts";
import { hold, type KeyPlace, keysOf, release } from "./held-key.ts";

/** Edit that moves a key; a number that is part of a list moves with the whole list's key. */
export function moveEdit(value: ValueSummary, index: number, to: KeyPlace): SceneEdit {
  const key = value.keys[index]!;
  const { list } = besideAt(value, key.timeSec);
  return {
    type: "moveKey",
    path: value.path,
    fromSec: key.timeSec,
    toSec: to.timeSec,
    value: to.value,
    ...(list ? { list } : {}),
    ...(key.entry === undefined ? {} : { entry: key.entry }),
    ...(value.shot === undefined ? {} : { shot: value.shot }),
  };
}

/** Whether a key can change its time: the value before the first frame cannot. */
export function canMove(value: ValueSummary, index: number): boolean {
  const key = value.keys[index];
  return key !== undefined && (key.entry !== undefined || key.timeSec > 0);
}

/** The nearest place that a key can have. */
export function placeFor(value: ValueSummary, index: number, wanted: KeyPlace): KeyPlace {
  return {
    timeSec: canMove(value, index) ? Math.max(0, wanted.timeSec) : value.keys[index]!.timeSec,
    value: limited(wanted.value, value),
  };
}

/** A key, in its value and in the text, before it is moved: all moves that follow each other are edits of that text. */
export interface MoveBase {
  readonly value: ValueSummary;
  readonly from: number;
  readonly text: string;
}

/** The key as it is shown now. */
export function baseOf(value: ValueSummary, index: number): MoveBase {
  return { value: { ...value, keys: keysOf(value) }, from: index, text: text.peek() };
}

interface Moves extends MoveBase {
  /** Where the key is now, its index there, and the text that says so. */
  readonly to: KeyPlace;
  readonly index: number;
  readonly result: string;
  /** Number of the step to undo, and when it was last added to. */
  readonly step: number;
  readonly moment: number;
}

let moves: Moves | undefined;

/** Pause, ms, after which moves no longer follow each other. */
const pauseMs = 800;

function movesOf(value: ValueSummary, index: number): Moves | undefined {
  if (moves?.index !== index || !isSameValue(moves.value, value)) return undefined;
  const isNewest = moves.result === text.peek() && performance.now() - moves.moment < pauseMs;
  return isNewest ? moves : undefined;
}

/**
 * Move a key to where `change` says, from where it is now. With `joined`, moves that follow each other are one step to undo.
 * Returns its place; undefined where the text did not take it.
 */
export function moveKey(
  value: ValueSummary,
  index: number,
  change: (from: KeyPlace) => KeyPlace,
  joined = false,
): KeyPlace | undefined {
  const before = movesOf(value, index);
  const of = before ?? baseOf(value, index);
  const key = of.value.keys[of.from];
  if (typeof key?.value !== "number") return undefined;
  const to = placeFor(of.value, of.from, change(before?.to ?? { ...key, value: key.value }));
  const moment = performance.now();
  const step = joined && before ? before.step : newDrag();
  const edit = moveEdit(of.value, of.from, to);
  if (!applyEdits([edit], timingOf(value.shot), step, of.text)) return undefined;
  const held = hold(of.value, of.from, to, axisOf(of.value));
  release();
  chosenKey.value = { shot: value.shot, index: held.index };
  moves = { ...of, to, index: held.index, result: text.peek(), step, moment };
  return to;
}
