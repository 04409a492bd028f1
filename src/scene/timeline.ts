import type { Animated, Key } from "./animated.ts";
import { parseEasing } from "./easing.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { isSchedule, parseSchedule } from "./schedule.ts";
import type { RawKey, RawShot } from "./schema.ts";
import { parseShotTime } from "./time.ts";
import type { Range } from "./values.ts";

type RawValue = number | string;
type Path = readonly (string | number)[];

/** A piece of scene as written that may name a parameter. */
export type Fragment = RawShot | RawKey;

const linear = parseEasing("linear")!;

/**
 * What `path` is over time: what the shot says is the key at 0, and every entry of its timeline that names it
 * another. Undefined where nothing does and there is no `fallback`.
 */
export function animate(
  shot: RawShot,
  path: Path,
  range: Range,
  get: (fragment: Fragment) => RawValue | undefined,
  fallback?: number,
): Animated | undefined {
  const base = get(shot) ?? fallback;
  const later = (shot.timeline ?? []).flatMap((entry, i): Key[] => {
    const value = get(entry);
    if (value === undefined) return [];
    return [
      {
        at: parseShotTime(entry.at)!,
        ease: parseEasing(entry.ease ?? "linear")!,
        value: read(value),
        path: ["timeline", i, ...path],
      },
    ];
  });
  const scheduled = typeof base === "string" && isSchedule(base);
  if (scheduled || later.length > 0)
    return { path, range, value: { keys: [...firstKeys(base, path), ...later] } };
  return base === undefined ? undefined : { path, range, value: read(base) };
}

function firstKeys(base: RawValue | undefined, path: Path): Key[] {
  if (typeof base === "string" && isSchedule(base)) {
    return parseSchedule(base).map(({ frame, value }) => ({
      at: { unit: "frames", value: frame },
      ease: linear,
      value,
      path,
    }));
  }
  const value = base === undefined ? undefined : read(base);
  return [{ at: { unit: "seconds", value: 0 }, ease: linear, value, path }];
}

function read(value: RawValue): number | Expression {
  return typeof value === "number" ? value : parseExpression(value);
}
