/** Edits of a scene as a person would type them: knobs, keys of the timeline. Used by the server and by the page. */
import { plainForm } from "../scene/plain-forms.ts";
import { parseShotTime } from "../scene/time.ts";
import type { SceneEdit, ValuePath } from "./api.ts";
import { insertItem, readPlain, removeIn, setIn, type YamlPath } from "./yaml-text.ts";

type Key = Extract<SceneEdit, { type: "key" }>;
type MoveKey = Extract<SceneEdit, { type: "moveKey" }>;

/**
 * Apply edits one after the other. `fps` puts keys on frames. Throws an `Error` where the text is no YAML, or an edit does not
 * fit it.
 */
export function applyEdits(text: string, edits: readonly SceneEdit[], fps?: number): string {
  return edits.reduce((now, edit) => applyEdit(now, edit, fps), text);
}

function applyEdit(text: string, edit: SceneEdit, fps: number | undefined): string {
  const base: YamlPath = edit.shot === undefined ? [] : ["shots", edit.shot];
  switch (edit.type) {
    case "set":
      return setValue(text, base, edit.path, tidy(edit.value));
    case "remove":
      return removeIn(text, [...base, ...edit.path]);
    case "key":
      return setKey(text, base, edit, fps);
    case "moveKey":
      return moveKey(text, base, edit, fps);
    case "removeKey":
      return removeFromEntry(text, [...base, "timeline", edit.entry], jointOf(edit.path));
  }
}

/** Set a value. A shot that takes a map or list from the scene gets its own copy, which the value is set in. */
function setValue(text: string, base: YamlPath, path: ValuePath, value: unknown): string {
  const opened = openForms(text, base, path);
  const joint = jointOf(path);
  const plain = readPlain(opened);
  const own = at(plain, [...base, ...joint]);
  if (own === undefined && joint.length < path.length) {
    const inherited = base.length > 0 ? at(plain, joint) : undefined;
    const whole = structuredClone(inherited ?? wholeOf(joint, path.at(-1)!)) as object;
    (whole as Record<string | number, unknown>)[path.at(-1)!] = value;
    return setIn(opened, [...base, ...joint], whole);
  }
  const given = at(plain, [...base, ...path]);
  // A layer that is given by more than its weight.
  const isOptions = joint.at(-1) === "layers" && typeof given === "object" && given !== null;
  return setIn(opened, [...base, ...path, ...(isOptions ? ["weight"] : [])], value);
}

/** A list, or a map, that is to hold one value at `key`. */
function wholeOf(joint: ValuePath, key: string | number): unknown {
  if (joint.at(-1) === "pan") return [0, 0];
  if (joint.at(-1) === "center") return [0.5, 0.5];
  return typeof key === "number" ? [] : {};
}

/** Values that are written together: `motion.pan`, `dream.layers`. */
function jointOf(path: ValuePath): ValuePath {
  const [first, second] = path;
  const name = `${first}.${second}`;
  const isJoint = /^(?:dream\.(?:layers|classes|iterations)|motion\.(?:pan|center))$/.test(name);
  return isJoint ? path.slice(0, 2) : path;
}

/** Write plain forms on the way to a value as maps: `layers: motifs3` as `layers: { motifs3: 1 }`. */
function openForms(text: string, base: YamlPath, path: ValuePath): string {
  let opened = text;
  for (let depth = 1; depth < path.length; depth++) {
    const own = [...base, ...path.slice(0, depth)];
    const value = at(readPlain(opened), own);
    if (
      value === undefined ||
      value === null ||
      (typeof value === "object" && !Array.isArray(value))
    )
      continue;
    const map = plainForm(String(path[depth - 1]), value);
    if (map) opened = setIn(opened, own, map);
  }
  return opened;
}

/** Add a key, or set the value of the one at its time. */
function setKey(text: string, base: YamlPath, edit: Key, fps: number | undefined): string {
  const { timeSec, ease } = edit;
  const list = [...base, "timeline"];
  const entries = entriesOf(text, base);
  const near = fps === undefined ? 1e-3 : 0.5 / fps;
  const same = entries.findIndex((entry) => {
    const sec = secondsOf(entry.at, fps);
    return sec !== undefined && Math.abs(sec - timeSec) < near;
  });
  if (same >= 0) {
    const entry = [...list, same];
    const written = setInEntry(text, entry, edit, base);
    return ease === undefined ? written : setEase(written, entry, ease);
  }
  const entry = {
    at: formatSec(timeSec, fps),
    ...(ease === undefined || ease === "linear" ? {} : { ease }),
    ...nested(jointOf(edit.path), jointValue(text, base, edit)),
  };
  if (entries.length === 0) return setIn(text, list, [entry]);
  const later = entries.findIndex((other) => (secondsOf(other.at, fps) ?? -1) > timeSec);
  return insertItem(text, list, later < 0 ? entries.length : later, entry);
}

/** The value of a key, or the map or list that it is a part of. */
function jointValue(text: string, base: YamlPath, edit: Key): unknown {
  const { path, value, others, timeSec } = edit;
  const joint = jointOf(path);
  if (joint.length === path.length) return tidy(value);
  const key = path.at(-1)!;
  const whole = structuredClone(
    others ? tidyAll(others) : (latest(text, base, joint, timeSec) ?? wholeOf(joint, key)),
  ) as Record<string | number, unknown>;
  whole[key] = tidy(value);
  return whole;
}

/** The map or list that was set last before a time, as plain weights. */
function latest(text: string, base: YamlPath, joint: ValuePath, timeSec: number): unknown {
  const plain = readPlain(text);
  const found = entriesOf(text, base)
    .filter((entry) => (secondsOf(entry.at, undefined) ?? 0) <= timeSec)
    .map((entry) => at(entry, joint))
    .findLast((value) => value !== undefined);
  const value = found ?? at(plain, [...base, ...joint]) ?? at(plain, joint);
  const map = value === undefined ? undefined : (plainForm(String(joint.at(-1)), value) ?? value);
  if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
  const weights = Object.entries(map).map(([name, given]) => [
    name,
    typeof given === "object" && given !== null
      ? ((given as { weight?: unknown }).weight ?? 1)
      : given,
  ]);
  return Object.fromEntries(weights);
}

function setInEntry(text: string, entry: YamlPath, edit: Key, base: YamlPath): string {
  const joint = jointOf(edit.path);
  const plain = at(readPlain(text), entry);
  if (at(plain, joint) === undefined)
    return setIn(text, [...entry, ...joint], jointValue(text, base, edit));
  return setValue(text, entry, edit.path, tidy(edit.value));
}

/** Change the time, value or easing of a key. What else its entry sets stays where it is. */
function moveKey(
  text: string,
  base: YamlPath,
  { path, entry: index, timeSec, value, ease }: MoveKey,
  fps: number | undefined,
): string {
  const entry = [...base, "timeline", index];
  const joint = jointOf(path);
  const plain = at(readPlain(text), entry) as Record<string, unknown> | undefined;
  if (at(plain, joint) === undefined) throw new Error(`${path.join(".")} has no key ${index}`);
  let now = value === undefined ? text : setValue(text, entry, path, tidy(value));
  const seconds = plain!.at;
  const known = secondsOf(seconds, fps);
  const stays =
    timeSec === undefined ||
    (known !== undefined && Math.abs(known - timeSec) < 0.25 / (fps ?? 250));
  if (stays) return ease === undefined ? now : setEase(now, entry, ease);
  const set = at(at(readPlain(now), entry), joint);
  const rest = removedFrom(plain!, joint);
  const eased = ease ?? (typeof plain!.ease === "string" ? plain!.ease : undefined);
  const others = Object.keys(rest).filter((key) => key !== "at" && key !== "ease");
  const moved = formatSec(timeSec, fps);
  if (others.length === 0) {
    now = setIn(now, [...entry, "at"], moved);
    return ease === undefined ? now : setEase(now, entry, ease);
  }
  now = removeFromEntry(now, entry, joint);
  // It joins the entry at its new time, if there is one.
  const target = entriesOf(now, base).findIndex(
    (other) => Math.abs((secondsOf(other.at, fps) ?? -1) - timeSec) < 0.5 / (fps ?? 500),
  );
  if (target >= 0) return setIn(now, [...base, "timeline", target, ...joint], set);
  const added = {
    at: moved,
    ...(eased === undefined ? {} : { ease: eased }),
    ...nested(joint, set),
  };
  const entries = entriesOf(now, base);
  const later = entries.findIndex((other) => (secondsOf(other.at, fps) ?? -1) > timeSec);
  return insertItem(now, [...base, "timeline"], later < 0 ? entries.length : later, added);
}

/** Take a value out of an entry; an entry that sets nothing more goes too. */
function removeFromEntry(text: string, entry: YamlPath, joint: ValuePath): string {
  const plain = at(readPlain(text), entry) as Record<string, unknown> | undefined;
  if (plain === undefined) throw new Error(`there is no key ${entry.join(".")}`);
  const rest = Object.keys(removedFrom(plain, joint)).filter(
    (key) => key !== "at" && key !== "ease",
  );
  return removeIn(text, rest.length === 0 ? entry : [...entry, ...joint]);
}

function removedFrom(entry: Record<string, unknown>, joint: ValuePath): Record<string, unknown> {
  const rest = structuredClone(entry);
  const parents = joint.slice(0, -1).map((_, i) => at(rest, joint.slice(0, i)));
  const holder = at(rest, joint.slice(0, -1)) as Record<string | number, unknown>;
  delete holder[joint.at(-1)!];
  for (let i = parents.length - 1; i >= 0; i--) {
    const parent = parents[i] as Record<string | number, unknown>;
    const child = parent[joint[i]!];
    if (typeof child === "object" && child !== null && Object.keys(child).length === 0)
      delete parent[joint[i]!];
  }
  return rest;
}

function setEase(text: string, entry: YamlPath, ease: string): string {
  return ease === "linear"
    ? removeIn(text, [...entry, "ease"])
    : setIn(text, [...entry, "ease"], ease);
}

function entriesOf(text: string, base: YamlPath): Record<string, unknown>[] {
  const list = at(readPlain(text), [...base, "timeline"]);
  return Array.isArray(list) ? list : [];
}

/** Seconds of a time that depends on neither the sound nor the shot's length. */
function secondsOf(time: unknown, fps: number | undefined): number | undefined {
  const parsed =
    typeof time === "string" || typeof time === "number" ? parseShotTime(time) : undefined;
  if (parsed?.unit === "seconds") return parsed.value;
  return parsed?.unit === "frames" && fps !== undefined ? parsed.value / fps : undefined;
}

/** A time as it is written: in seconds where that is exact, else in frames. */
export function formatSec(seconds: number, fps?: number): string {
  if (fps === undefined) return `${Number(seconds.toFixed(3))}s`;
  const frame = Math.round(seconds * fps);
  const short = Number((frame / fps).toFixed(2));
  return Math.abs(short * fps - frame) < 1e-6 ? `${short}s` : `${frame}f`;
}

function nested(path: ValuePath, value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<
    string,
    unknown
  >;
}

function at(value: unknown, path: YamlPath): unknown {
  let now = value;
  for (const key of path) {
    if (typeof now !== "object" || now === null) return undefined;
    now = (now as Record<string | number, unknown>)[key];
  }
  return now;
}

/** Numbers with as many digits as a person would type. */
function tidy(value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

function tidyAll(values: Readonly<Record<string, number>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, tidy(value)]));
}
