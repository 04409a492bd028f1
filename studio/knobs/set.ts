/** Sets values at the playhead as a person would: in the value itself, or in a key where the value has keys. */
import type { ValueSummary, WordSummary } from "../../src/studio/api-scene.ts";
import { editScene, type SceneEdit, type ShotTiming } from "../../src/studio/edit/edit-scene.ts";
import { isShared } from "../../src/studio/edit/own.ts";
import {
  type Beside,
  besideOf,
  isWeightPath,
  jointOf,
  listPath,
} from "../../src/studio/edit/together.ts";
import { editText } from "../editor/view.ts";
import { film, values } from "../state/check.ts";
import { text } from "../state/document.ts";
import { shot, shotTimeSec } from "../state/playhead.ts";
import { steer, steerable, steering } from "../state/renders.ts";
import { isKeyed } from "../state/selection.ts";
import { tellFailure } from "../state/toasts.ts";

type Path = readonly (string | number)[];

const same = (a: Path, b: Path): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);

/** The values of the shot under the playhead. */
export function valuesHere(): readonly ValueSummary[] {
  const index = shot.value?.index;
  return values.value.filter((value) => value.shot === undefined || value.shot === index);
}

/** Whether a word belongs to the film and not to a shot. */
const isOfFilm = ({ path }: WordSummary): boolean => /^(engine|loop|output|audio)$/.test(path[0]!);

/** The words of the whole film. */
export function filmWords(): readonly WordSummary[] {
  return (film.value?.words ?? []).filter(isOfFilm);
}

/** The words of the shot under the playhead. */
export function wordsHere(): readonly WordSummary[] {
  const index = shot.value?.index;
  return (film.value?.words ?? []).filter(
    (word) => !isOfFilm(word) && (word.shot === undefined || word.shot === index),
  );
}

/** Write a word; undefined takes it out of the text, so that its default holds. Returns whether the text took it. */
export function setWord(word: WordSummary, value: string | boolean | undefined): boolean {
  const place = placeOf(word);
  const at = { path: word.path, ...(place === undefined ? {} : { shot: place }) };
  return applyEdits(
    [value === undefined ? { type: "remove", ...at } : { type: "set", value, ...at }],
    timingOf(word.shot),
  );
}

export function findValue(path: Path): ValueSummary | undefined {
  return valuesHere().find((value) => same(value.path, path));
}

/** A value at a time of its shot, s: between samples it is straight. */
export function valueAt(value: ValueSummary, timeSec: number): number {
  const { samples } = value;
  const here = film.value?.shots.find(({ index }) => index === (value.shot ?? index));
  if (!samples || samples.length < 2 || !here || !film.value) return value.value;
  const frames = here.endFrame - here.startFrame;
  const at =
    Math.min(1, Math.max(0, (timeSec * film.value.fps) / Math.max(1, frames))) *
    (samples.length - 1);
  const before = Math.floor(at);
  const a = samples[before]!;
  const b = samples[Math.min(samples.length - 1, before + 1)]!;
  return a + (b - a) * (at - before);
}

/** The value at the playhead. */
export function valueNow(path: Path): number | undefined {
  const value = findValue(path);
  return value && valueAt(value, shotTimeSec.value);
}

/** What times of the shot with this number are counted by. */
export function timingOf(index: number | undefined): ShotTiming {
  return film.value?.shots[index ?? 0]?.timing ?? { fps: 24, endSec: 0 };
}

/** Apply edits to the text. A failure is told, and gives false. */
export function applyEdits(
  edits: readonly SceneEdit[],
  timing: ShotTiming,
  drag?: number,
  of?: string,
): boolean {
  try {
    editText(editScene(of ?? text.peek(), edits, timing), drag);
    return true;
  } catch (error) {
    tellFailure(error);
    return false;
  }
}

/** The weights beside this one, of the other layers or classes; undefined for any other value. */
export function othersOf(value: ValueSummary): readonly ValueSummary[] | undefined {
  return isWeightPath(value.path)
    ? jointOf(value, valuesHere()).filter((other) => other !== value)
    : undefined;
}

/** A number with the digits that its knob's step has, and two more. */
export function rounded(number: number, { step }: Pick<ValueSummary, "step">): number {
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(step))));
  return Number(number.toFixed(digits));
}

/** A number within the limits of its knob, rounded. */
export function limited(number: number, value: ValueSummary): number {
  return rounded(Math.min(value.max, Math.max(value.min, number)), value);
}

/** Where the text writes a value: in the shot, or at the top for all shots. A new value of a shot goes to the shot. */
function placeOf(value: Pick<ValueSummary, "path" | "shot">): number | undefined {
  return isShared(text.peek(), value.path, value.shot) ? undefined : value.shot;
}

/**
 * Set a value at the playhead. With keys in the timeline, or in a schedule, the key of this time is set or added. Returns
 * what holds now; undefined where the text did not take it.
 */
export function setValueNow(
  value: ValueSummary,
  number: number,
  drag?: number,
): number | undefined {
  const at = limited(number, value);
  const running = steerable.peek();
  if (steering.peek() && running) {
    void steer(running, value.path, at);
    return at;
  }
  const edit = isKeyed(value) ? keyEdit(value, shotTimeSec.peek(), at) : setEdit(value, at);
  return applyEdits([edit], timingOf(value.shot), drag) ? at : undefined;
}

export function keyEdit(
  value: ValueSummary,
  timeSec: number,
  number: number,
  ease?: string,
): SceneEdit {
  return {
    type: "key",
    path: value.path,
    timeSec,
    value: number,
    ...besideAt(value, timeSec),
    ...(value.shot === undefined ? {} : { shot: value.shot }),
    ...(ease === undefined ? {} : { ease }),
  };
}

/** Edit that sets a value outside of the timeline. */
export function setEdit(value: ValueSummary, number: number): SceneEdit {
  const place = placeOf(value);
  const { others: _, ...beside } = besideAt(value, 0);
  return {
    type: "set",
    path: value.path,
    value: number,
    ...beside,
    ...(place === undefined ? {} : { shot: place }),
  };
}

/** What an edit at a time says of the values that are written together with this one. */
export function besideAt(value: ValueSummary, timeSec: number): Beside {
  return besideOf(value, valuesHere(), (one) => rounded(valueAt(one, timeSec), one));
}

/** Take a value out of the text: its default holds again. */
export function resetValue(value: ValueSummary): void {
  const place = placeOf(value);
  applyEdits(
    [
      {
        type: "remove",
        path: listPath(value.path),
        ...(place === undefined ? {} : { shot: place }),
      },
    ],
    timingOf(value.shot),
  );
}

/** Set both numbers of a pair, such as `motion.center`. */
export function setPair(path: Path, to: readonly [number, number], drag?: number): void {
  const value = findValue([...path, 0]);
  if (!value) return;
  const timing = timingOf(value.shot);
  const keyed = isKeyed(value);
  const place = placeOf({ ...value, path });
  const edit: SceneEdit = keyed
    ? {
        type: "key",
        path,
        timeSec: shotTimeSec.peek(),
        value: to,
        ...(value.shot === undefined ? {} : { shot: value.shot }),
      }
    : { type: "set", path, value: to, ...(place === undefined ? {} : { shot: place }) };
  applyEdits([edit], timing, drag);
}
