/**
 * Edits of a scene's text that keep its comments and layout: the one implementation, for the page's controls and for the
 * server's steering. It reads no file and imports nothing of Node, since it runs in a browser too.
 */
import { isMap, isScalar, isSeq } from "yaml";
import { removeValue } from "./remove-value.ts";
import {
  isScheduleText,
  moveScheduleKey,
  removeScheduleKey,
  setScheduleKey,
} from "./schedule-text.ts";
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
import { nodeAt, type Plain, parseText, type ValuePath } from "./yaml-text.ts";

export type { Plain, ShotTiming, ValuePath };

/** An edit of a value. `shot`: its number in `shots`; absent for the scene's own. Times are seconds from the shot's start. */
export type SceneEdit = { readonly shot?: number; readonly path: ValuePath } & (
  | { readonly type: "set"; readonly value: Plain }
  | { readonly type: "remove" }
  /** Set the value at a time: in the entry at that time, or in a new one. At 0 it is the value itself, if there is no entry. */
  | {
      readonly type: "key";
      readonly timeSec: number;
      readonly value: number | readonly number[];
      readonly ease?: string;
      /** At 0 too a new entry is written: a key on its own, which a change at a later time follows. */
      readonly asEntry?: boolean;
      /** The weights of the other layers or classes at this time: weights that an entry does not name are 0. */
      readonly others?: Readonly<Record<string, number | string>>;
    }
  /** Without `entry` these are keys of a schedule, or the value outside of the timeline. */
  | { readonly type: "removeKey"; readonly timeSec: number; readonly entry?: number }
  | {
      readonly type: "moveKey";
      readonly entry?: number;
      readonly fromSec: number;
      readonly toSec: number;
      readonly value: number | readonly number[];
    }
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
      return setNamed(text, path, edit.value);
    case "remove":
      return removeValue(text, path);
    case "ease":
      return setValue(text, [...list, edit.entry, "ease"], edit.ease);
    case "key":
      return key(text, edit, timing);
    case "removeKey": {
      if (edit.entry !== undefined)
        return removeFromEntry(text, list, edit.entry, sharedPath(edit.path));
      const schedule = scheduleAt(text, path);
      if (schedule === undefined) return removeValue(text, path);
      return setNamed(text, path, removeScheduleKey(schedule, frameOf(edit.timeSec, timing)));
    }
    case "moveKey":
      return move(text, edit, timing);
  }
}

function key(text: string, edit: SceneEdit & { readonly type: "key" }, timing: ShotTiming): string {
  const prefix: ValuePath = edit.shot === undefined ? [] : ["shots", edit.shot];
  const list = [...prefix, "timeline"];
  const path = [...prefix, ...edit.path];
  const schedule = scheduleAt(text, path);
  if (schedule !== undefined && typeof edit.value === "number")
    return setNamed(
      text,
      path,
      setScheduleKey(schedule, frameOf(edit.timeSec, timing), edit.value),
    );
  const entry = entryAt(text, list, edit.timeSec, timing);
  if (entry === undefined) {
    if (edit.timeSec < 0.5 / timing.fps && !edit.asEntry) return setNamed(text, path, edit.value);
    const [at, value] = edit.others
      ? [edit.path.slice(0, -1), { ...edit.others, [edit.path.at(-1)!]: edit.value }]
      : [edit.path, edit.value];
    return addEntry(text, list, edit.timeSec, at, value, timing, edit.ease);
  }
  const inEntry = [...list, entry, ...edit.path];
  const set = setNamed(text, inEntry, edit.value);
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
    const schedule = scheduleAt(text, path);
    if (schedule === undefined || typeof value !== "number") return setNamed(text, path, value);
    const [from, to] = [frameOf(edit.fromSec, timing), frameOf(toSec, timing)];
    return setNamed(text, path, moveScheduleKey(schedule, from, to, value));
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
  const others = shared === edit.path ? undefined : weightsIn(text, [...list, entry, ...shared]);
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
      ...(isScalar(ease) ? { ease: String(ease.value) } : {}),
    },
    timing,
  );
}

/** What a key holds together with a value: an entry sets the weights of all layers, so they stay together. */
function sharedPath(path: ValuePath): ValuePath {
  const group = path.at(-2);
  return group === "layers" || group === "classes" ? path.slice(0, -1) : path;
}

function weightsIn(text: string, path: ValuePath): Readonly<Record<string, number | string>> {
  const document = parseText(text);
  const node = nodeAt(document, path);
  const weights = isMap(node) ? (node.toJS(document) as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, weight]) => {
      const number = (weight as { weight?: unknown } | null)?.weight ?? weight;
      return typeof number === "number" || typeof number === "string" ? [[name, number]] : [];
    }),
  );
}

const frameOf = (seconds: number, timing: ShotTiming): number => Math.round(seconds * timing.fps);

function scheduleAt(text: string, path: ValuePath): string | undefined {
  const node = nodeAt(parseText(text), path);
  return isScalar(node) && isScheduleText(node.value) ? node.value : undefined;
}

/** Set a value whose map may have a short form: `layers: motifs3`, `layers: [motifs3]`, `matte: disc.png`, `audio: beat.wav`. */
function setNamed(text: string, path: ValuePath, value: Plain): string {
  const document = parseText(text);
  const there = nodeAt(document, path);
  if (isMap(there) && there.has("weight") && typeof value === "number")
    return setValue(text, [...path, "weight"], value);
  const outer = nodeAt(document, path.slice(0, -1));
  const [name, inner] = [path.at(-2), path.at(-1)!];
  if (name === "layers" || name === "classes") {
    const listed = isSeq(outer)
      ? (outer.toJS(document) as unknown[])
      : isScalar(outer) && outer.value !== null
        ? [outer.value]
        : undefined;
    if (listed) {
      const weights = Object.fromEntries(listed.map((layer) => [String(layer), 1]));
      return setValue(text, path.slice(0, -1), { ...weights, [inner]: value });
    }
  }
  if (name === "output" && isScalar(outer) && typeof outer.value === "string")
    return setValue(text, path.slice(0, -1), { file: outer.value, [inner]: value });
  const isFile = name === "matte" || name === "guide" || name === "audio";
  if (isFile && isScalar(outer) && typeof outer.value === "string") {
    if (name === "audio")
      return setValue(text, path.slice(0, -1), { file: outer.value, [inner]: value });
    const kind = /\.(mp4|mov|webm|mkv|avi|m4v|gif)$/i.test(outer.value) ? "video" : "image";
    return setValue(text, path.slice(0, -1), { [kind]: outer.value, [inner]: value });
  }
  return setValue(text, path, value);
}
