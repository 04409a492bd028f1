/**
 * Edits of a scene's text that keep its comments and layout: the one implementation, for the page's controls and for the
 * server's steering. It reads no file and imports nothing of Node, since it runs in a browser too.
 */
import { isScalar } from "yaml";
import { isShared, withOwn } from "./own.ts";
import { removeValue } from "./remove-value.ts";
import {
  isScheduleText,
  moveScheduleKey,
  removeScheduleKey,
  setScheduleKey,
} from "./schedule-text.ts";
import { setListed, setNamed } from "./set-named.ts";
import { setValue } from "./set-value.ts";
import {
  addEntry,
  entryAt,
  removeFromEntry,
  type ShotTiming,
  setsOnly,
  timeOfEntry,
  timeText,
} from "./timeline.ts";
import {
  asList,
  type Beside,
  isWeightPath,
  listPath,
  numbersIn,
  sharedPath,
  weightsIn,
} from "./together.ts";
import { isWritten, nodeAt, type Plain, parseText, type ValuePath } from "./yaml-text.ts";

export type { Plain, ShotTiming, ValuePath };

/** An edit of a value. `shot`: its number in `shots`; absent for the scene's own. Times are seconds from the shot's start. */
export type SceneEdit = { readonly shot?: number; readonly path: ValuePath } & (
  | ({ readonly type: "set"; readonly value: Plain } & Omit<Beside, "others">)
  | { readonly type: "remove" }
  /** Set the value at a time: in the entry at that time, or in a new one. At 0 it is the value itself, if there is no entry. */
  | ({
      readonly type: "key";
      readonly timeSec: number;
      readonly value: number | readonly number[];
      readonly ease?: string;
      /** At 0 too a new entry is written: a key on its own, which a change at a later time follows. */
      readonly asEntry?: boolean;
    } & Beside)
  /** Without `entry` these are keys of a schedule, or the value outside of the timeline. */
  | { readonly type: "removeKey"; readonly timeSec: number; readonly entry?: number }
  | ({
      readonly type: "moveKey";
      readonly entry?: number;
      readonly fromSec: number;
      readonly toSec: number;
      readonly value: number;
    } & Pick<Beside, "list">)
  | { readonly type: "ease"; readonly entry: number; readonly ease: string }
);

/** `text` after all edits, in order. Throws `SCENE_SYNTAX` for broken YAML. `timing` is that of the edits' shot. */
export function editScene(text: string, edits: readonly SceneEdit[], timing: ShotTiming): string {
  return edits.reduce((before, edit) => apply(before, edit, timing), text);
}

function apply(text: string, edit: SceneEdit, timing: ShotTiming): string {
  const prefix: ValuePath = edit.shot === undefined ? [] : ["shots", edit.shot];
  const list = [...prefix, "timeline"];
  const path = [...prefix, ...edit.path];
  switch (edit.type) {
    case "set":
      return setListed(withStart(text, edit), path, edit.value, edit.list);
    case "remove":
      return removeValue(text, path);
    case "ease":
      return setValue(text, [...list, edit.entry, "ease"], edit.ease);
    case "key":
      return key(withStart(text, edit), edit, timing);
    case "removeKey": {
      if (edit.entry !== undefined)
        return removeFromEntry(text, list, edit.entry, sharedPath(edit.path));
      const own = withOwn(text, edit.path, edit.shot);
      const schedule = scheduleAt(own, path);
      if (schedule === undefined) return removeValue(text, listPath(path));
      return setNamed(own, path, removeScheduleKey(schedule, frameOf(edit.timeSec, timing)));
    }
    case "moveKey":
      return move(text, edit, timing);
  }
}

/** `text` that says what a value begins with, if neither the shot nor the top does. */
function withStart(
  text: string,
  { path, shot, start }: Pick<SceneEdit, "path" | "shot"> & Pick<Beside, "start">,
): string {
  const shared = sharedPath(path);
  const isForAll = shot === undefined || isShared(text, shared, shot);
  const place = isForAll ? shared : ["shots", shot, ...shared];
  return start === undefined || isWritten(text, place) ? text : setNamed(text, place, start);
}

function key(text: string, edit: SceneEdit & { readonly type: "key" }, timing: ShotTiming): string {
  const prefix: ValuePath = edit.shot === undefined ? [] : ["shots", edit.shot];
  const list = [...prefix, "timeline"];
  const path = [...prefix, ...edit.path];
  const own = withOwn(text, edit.path, edit.shot);
  const schedule = scheduleAt(own, path);
  if (schedule !== undefined && typeof edit.value === "number")
    return setNamed(own, path, setScheduleKey(schedule, frameOf(edit.timeSec, timing), edit.value));
  const entry = entryAt(text, list, edit.timeSec, timing);
  if (entry === undefined) {
    if (edit.timeSec < 0.5 / timing.fps && !edit.asEntry)
      return setListed(own, path, edit.value, edit.list);
    const [at, value] = edit.others
      ? [edit.path.slice(0, -1), { ...edit.others, [edit.path.at(-1)!]: edit.value }]
      : asList(edit.path, edit.value, edit.list);
    return addEntry(text, list, edit.timeSec, at, value, timing, edit.ease);
  }
  const inEntry = [...list, entry, ...edit.path];
  const set = setListed(text, inEntry, edit.value, edit.list);
  const missing = Object.entries(edit.others ?? {}).filter(
    ([name]) => nodeAt(parseText(set), [...inEntry.slice(0, -1), name]) === undefined,
  );
  const whole = missing.reduce(
    (result, [name, weight]) => setNamed(result, [...inEntry.slice(0, -1), name], weight),
    set,
  );
  return edit.ease === undefined ? whole : setValue(whole, [...list, entry, "ease"], edit.ease);
}

function move(
  text: string,
  edit: SceneEdit & { readonly type: "moveKey" },
  timing: ShotTiming,
): string {
  const prefix: ValuePath = edit.shot === undefined ? [] : ["shots", edit.shot];
  const list = [...prefix, "timeline"];
  const path = [...prefix, ...edit.path];
  const { entry, value, toSec } = edit;
  if (entry === undefined) {
    const own = withOwn(text, edit.path, edit.shot);
    const schedule = scheduleAt(own, path);
    if (schedule === undefined) return setListed(own, path, value, edit.list);
    const [from, to] = [frameOf(edit.fromSec, timing), frameOf(toSec, timing)];
    return setNamed(own, path, moveScheduleKey(schedule, from, to, value));
  }
  const moved = timeOfEntry(text, list, entry, timing);
  const stays = moved !== undefined && Math.abs(moved - toSec) < 0.5 / timing.fps;
  if (stays) return setNamed(text, [...list, entry, ...edit.path], value);
  const document = parseText(text);
  const shared = sharedPath(edit.path);
  if (setsOnly(text, list, entry, shared)) {
    const at = nodeAt(document, [...list, entry, "at"]);
    const like = isScalar(at) ? (at.value as string | number) : undefined;
    const set = setNamed(text, [...list, entry, ...edit.path], value);
    return setValue(set, [...list, entry, "at"], timeText(toSec, timing, like));
  }
  // Other values of the entry keep their time; the other weights go along.
  const ease = nodeAt(document, [...list, entry, "ease"]);
  const without = removeFromEntry(text, list, entry, shared);
  const others = isWeightPath(edit.path) ? weightsIn(text, [...list, entry, ...shared]) : undefined;
  const numbers = numbersIn(text, [...list, entry, ...shared]) ?? edit.list;
  const { shot } = edit;
  return key(
    without,
    {
      type: "key",
      ...(shot === undefined ? {} : { shot }),
      path: edit.path,
      timeSec: toSec,
      value,
      ...(others ? { others } : {}),
      ...(numbers ? { list: numbers } : {}),
      ...(isScalar(ease) ? { ease: String(ease.value) } : {}),
    },
    timing,
  );
}

const frameOf = (seconds: number, timing: ShotTiming): number => Math.round(seconds * timing.fps);

function scheduleAt(text: string, path: ValuePath): string | undefined {
  const node = nodeAt(parseText(text), path);
  return isScalar(node) && isScheduleText(node.value) ? node.value : undefined;
}
