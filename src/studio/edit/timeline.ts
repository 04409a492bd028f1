/** Keys of a timeline: entries with a time, an easing and the values reached then. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { formatTime, momentOf, parseShotTime, type ShotTime } from "../../scene/time.ts";
import { withValue } from "./plain.ts";
import { removeValue, setsNothing, sizeAt } from "./remove-value.ts";
import { columnOf, followedBy, insertLines, means, setValue } from "./set-value.ts";
import {
  endOf,
  endOfLine,
  inline,
  lineBreakOf,
  nodeAt,
  type Plain,
  parseText,
  splice,
  startOfLine,
  type ValuePath,
} from "./yaml-text.ts";

/** What times of a shot are counted by. */
export interface ShotTiming {
  readonly fps: number;
  /** Time of 100 %, s. */
  readonly endSec: number;
  readonly beats?: {
    readonly bpm: number;
    readonly beatsPerBar: number;
    readonly firstSec: number;
  };
}

/** The time of entry `index` of the timeline at `list`, s; undefined where it has none. */
export function timeOfEntry(
  text: string,
  list: ValuePath,
  index: number,
  timing: ShotTiming,
): number | undefined {
  const at = nodeAt(parseText(text), [...list, index, "at"]);
  const time = isScalar(at) ? parseShotTime(at.value as string | number) : undefined;
  return time && secondsOf(time, timing);
}

function secondsOf(time: ShotTime, timing: ShotTiming): number | undefined {
  if ((time.unit === "beats" || time.unit === "bars") && !timing.beats) return undefined;
  const beats = timing.beats && { ...timing.beats, atStart: 0 };
  // `momentOf` reads no more of a clock.
  const clock = {
    t: 0,
    f: 0,
    n: 1,
    p: 0,
    seed: 1,
    fps: timing.fps,
    end: timing.endSec,
    ...(beats ? { beats } : {}),
  };
  return momentOf(time, clock);
}

/**
 * A time as it is written: in the unit of `like`, else in seconds. The time of a frame that three digits miss is written as a
 * frame, so that the key holds there.
 */
export function timeText(seconds: number, timing: ShotTiming, like?: string | number): string {
  const unit = like === undefined ? "seconds" : (parseShotTime(like)?.unit ?? "seconds");
  const { beats, fps, endSec } = timing;
  const round = (value: number): number => Number(value.toFixed(3));
  const frame = Math.round(seconds * fps);
  const orFrame = (time: ShotTime, atSec: number): string => {
    const isMissed = Math.abs(seconds * fps - frame) < 1e-6 && Math.abs(atSec * fps - frame) > 1e-6;
    return formatTime(isMissed ? { unit: "frames", value: frame } : time);
  };
  if (unit === "frames") return formatTime({ unit, value: frame });
  if (unit === "percent" && endSec > 0) {
    const value = Math.min(100, round((seconds / endSec) * 100));
    return orFrame({ unit, value }, (value / 100) * endSec);
  }
  if ((unit === "beats" || unit === "bars") && beats) {
    const count = ((seconds - beats.firstSec) * beats.bpm) / 60;
    if (count >= 0)
      return formatTime({
        unit,
        value: round(unit === "bars" ? count / beats.beatsPerBar : count),
      });
  }
  const value = round(seconds);
  return orFrame({ unit: "seconds", value }, value);
}

/** The entry at a time, within half a frame. */
export function entryAt(
  text: string,
  list: ValuePath,
  seconds: number,
  timing: ShotTiming,
): number | undefined {
  const node = nodeAt(parseText(text), list);
  if (!isSeq(node)) return undefined;
  const index = node.items.findIndex((_, entry) => {
    const time = timeOfEntry(text, list, entry, timing);
    return time !== undefined && Math.abs(time - seconds) < 0.5 / timing.fps;
  });
  return index < 0 ? undefined : index;
}

/** Add an entry that sets one value. It goes behind the entries before its time. */
export function addEntry(
  text: string,
  list: ValuePath,
  seconds: number,
  path: ValuePath,
  value: Plain,
  timing: ShotTiming,
  ease?: string,
): string {
  const document = parseText(text);
  const node = nodeAt(document, list);
  const items = isSeq(node) ? node.items : [];
  const like = items
    .map((item) => (isMap(item) ? item.get("at") : undefined))
    .find((at) => at !== undefined);
  const entry: Readonly<Record<string, Plain>> = {
    at: timeText(seconds, timing, like as string | number | undefined),
    ...(ease === undefined ? {} : { ease }),
    [path[0]!]: withValue(undefined, path.slice(1), value) as Plain,
  };
  const before = items.filter(
    (_, index) => (timeOfEntry(text, list, index, timing) ?? 0) < seconds,
  ).length;
  const all: Plain[] = isSeq(node) ? (node.toJS(document) as Plain[]) : [];
  const wanted = [...all.slice(0, before), entry, ...all.slice(before)];
  const written = writeEntry(text, list, before, entry);
  const isRight = written !== undefined && means(written, withValue(document.toJS(), list, wanted));
  return isRight ? written : setValue(text, list, wanted);
}

function writeEntry(
  text: string,
  list: ValuePath,
  index: number,
  entry: Readonly<Record<string, Plain>>,
): string | undefined {
  const document = parseText(text);
  const node = nodeAt(document, list);
  const newline = lineBreakOf(text);
  if (!isSeq(node) || node.items.length === 0) {
    const outer = list.length === 1 ? document.contents : nodeAt(document, list.slice(0, -1));
    if (node !== undefined || !isMap(outer) || outer.flow) return undefined;
    const column = columnOf(text, outer);
    if (column === undefined) return undefined;
    const indent = " ".repeat(column);
    const lines = `${indent}timeline:${newline}${entryLines(entry, `${indent}  `, newline)}`;
    return insertLines(
      text,
      outer as YAMLMap,
      followedBy(outer as YAMLMap, "timeline", true),
      lines,
    );
  }
  if (node.flow) {
    if (index > 0) {
      const at = endOf(text, node.items[index - 1])!;
      return splice(text, at, at, `, ${inline(entry)}`);
    }
    const at = (node.items[0] as Node).range![0];
    return splice(text, at, at, `${inline(entry)}, `);
  }
  const start = (node.items[0] as Node).range![0];
  const dash = text.lastIndexOf("-", start);
  const indent = " ".repeat(dash - startOfLine(text, dash));
  const flat = node.items.every((item) => isMap(item) && item.flow);
  const lines = flat ? `${indent}- ${inline(entry)}` : entryLines(entry, indent, newline);
  if (index === 0)
    return splice(text, startOfLine(text, dash), startOfLine(text, dash), `${lines}${newline}`);
  const at = endOfLine(text, endOf(text, node.items[index - 1])!);
  return splice(text, at, at, `${newline}${lines}`);
}

function entryLines(
  entry: Readonly<Record<string, Plain>>,
  indent: string,
  newline: string,
): string {
  return Object.entries(entry)
    .map(([key, value], index) => `${indent}${index === 0 ? "- " : "  "}${key}: ${inline(value)}`)
    .join(newline);
}

/** Take a value out of an entry; an entry that sets nothing more goes too. */
export function removeFromEntry(
  text: string,
  list: ValuePath,
  index: number,
  path: ValuePath,
): string {
  const without = withoutInEntry(text, [...list, index], path);
  return setsNothing(nodeAt(parseText(without), [...list, index]))
    ? removeValue(without, [...list, index])
    : without;
}

/** Whether an entry sets one value only. */
export function setsOnly(text: string, list: ValuePath, index: number, path: ValuePath): boolean {
  const without = withoutInEntry(text, [...list, index], path);
  return setsNothing(nodeAt(parseText(without), [...list, index]));
}

/** Regions keep their places: one that sets nothing more is `{}`, or goes from the end of the list. */
function withoutInEntry(text: string, entry: ValuePath, path: ValuePath): string {
  const [first, place] = path;
  const document = parseText(text);
  const isAlone = (): boolean =>
    path.every((_, i) => i < 2 || sizeAt(document, [...entry, ...path.slice(0, i)]) === 1);
  if (first !== "regions" || typeof place !== "number" || !isAlone())
    return removeValue(text, [...entry, ...path]);
  const list = [...entry, first];
  const regions = nodeAt(document, list)?.toJS(document) as Plain[];
  const others = withValue(regions, [place], {}) as Plain[];
  const isSet = (one: Plain): boolean => Object.keys(one ?? {}).length > 0;
  const kept = others.slice(0, others.findLastIndex(isSet) + 1);
  return kept.length > 0 ? setValue(text, list, kept) : removeValue(text, list);
}
