import type { Animated, Key } from "./animated.ts";
import { linear } from "./easing.ts";
import type { Expression } from "./expression.ts";
import type { Schedule } from "./schedule.ts";
import type { RawKey, RawShot } from "./schema.ts";
import type { AnimatedValue, Range } from "./values.ts";

type Path = readonly (string | number)[];

/** A part of a scene, as written, that may set a parameter. */
export type Fragment = RawShot | RawKey;

/**
 * The value of `path` over time: the shot's value is the key at 0, and each timeline entry that sets it adds a key.
 * Undefined if nothing sets it and there is no `fallback`.
 */
export function animate(
  shot: RawShot,
  path: Path,
  range: Range,
  get: (fragment: Fragment) => AnimatedValue | undefined,
  fallback?: number,
): Animated | undefined {
  const base = get(shot) ?? fallback;
  const later = (shot.timeline ?? []).flatMap((entry, i): Key[] => {
    const value = get(entry);
    // An earlier check excludes schedules in entries.
    if (value === undefined || isSchedule(value)) return [];
    return [{ at: entry.at, ease: entry.ease ?? linear, value, path: ["timeline", i, ...path] }];
  });
  const keys = [...firstKeys(base, path), ...later];
  if (isSchedule(base) || later.length > 0) return { path, range, value: { type: "track", keys } };
  return base === undefined ? undefined : { path, range, value: base };
}

function firstKeys(base: AnimatedValue | undefined, path: Path): Key[] {
  if (isSchedule(base)) {
    return base.keys.map(({ frame, value }) => ({
      at: { unit: "frames", value: frame },
      ease: linear,
      value,
      path,
    }));
  }
  return [{ at: { unit: "seconds", value: 0 }, ease: linear, value: base, path }];
}

/** Whether a value is a schedule, not a number or an expression. */
export function isSchedule(value: number | Expression | Schedule | undefined): value is Schedule {
  return typeof value === "object" && value.type === "schedule";
}
