import { DreamError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import { type Easing, ease } from "./easing.ts";
import { evaluate } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { locate, type ScenePlaces } from "./places.ts";
import { momentOf, type ShotTime } from "./time.ts";
import { outside, type Range } from "./values.ts";

type Path = readonly (string | number)[];

/** A number that may change over time, and the range it must stay in. */
export interface Animated {
  /** Its path in the scene. */
  readonly path: readonly (string | number)[];
  readonly range: Range;
  readonly value: number | Expression | Track;
}

/** A sequence of keys: values at given times. */
export interface Track {
  readonly type: "track";
  readonly keys: readonly Key[];
}

export interface Key {
  readonly at: ShotTime;
  /** From the key before. */
  readonly ease: Easing;
  /** Undefined if the preset or the network provides the value. */
  readonly value: number | Expression | undefined;
  /** Its path in the scene. */
  readonly path: readonly (string | number)[];
}

interface TimedKey extends Key {
  /** s */
  readonly moment: number;
}

/** Start values of numbers under `dream` that only the timeline sets, by their names. */
export type Defaults = Readonly<Record<string, number>>;

export function isTrack(value: Animated["value"]): value is Track {
  return typeof value === "object" && value.type === "track";
}

/** Everything animated in a part of a scene. */
export function animatedIn(part: unknown): Animated[] {
  if (typeof part !== "object" || part === null) return [];
  if ("path" in part && "range" in part) return [part as Animated];
  return Object.values(part).flatMap(animatedIn);
}

/**
 * The value at a moment. Between two keys it is interpolated with the later key's easing; before the first key and
 * after the last it is constant. Throws `SCENE_INVALID` if it leaves its range or needs sound that the shot does not
 * have.
 */
export function valueAt(
  { path: own, range, value }: Animated,
  clock: Clock,
  places: ScenePlaces,
  defaults: Defaults = {},
): number {
  const name = own.join(".");
  const read = (part: number | Expression | undefined, path: Path): number => {
    if (typeof part === "number") return part;
    // A region has the defaults of the whole picture.
    if (part === undefined) return defaults[own[own.indexOf("dream") + 1]!] ?? Number.NaN;
    const result = evaluate(part, clock);
    if (Number.isFinite(result) && result >= range.min && result <= range.max) return result;
    const deaf = !clock.sound && part.audioInputs.length > 0;
    const place = locate(places, path) ?? locate(places, own) ?? { path: own };
    throw new DreamError(
      "SCENE_INVALID",
      deaf
        ? `${name} = ${part.source}: ${part.audioInputs.join(" and ")} needs sound, and there is none`
        : `${name} = ${part.source} at t = ${clock.t.toFixed(3)} s (frame ${clock.f}): ${outside(result, range)}`,
      {
        place,
        hint: deaf
          ? "Add audio: track.wav, or use a clip with sound as the source."
          : "Use clamp(x, low, high) to keep an expression within bounds.",
      },
    );
  };
  if (!isTrack(value)) return read(value, own);
  const keys = inOrder(value, clock);
  const next = firstAfter(keys, clock.t + 1e-9);
  const before = keys.at(next === -1 ? -1 : Math.max(0, next - 1))!;
  const from = read(before.value, before.path);
  if (next <= 0) return from;
  const { moment, ease: easing, value: to, path } = keys[next]!;
  const share = ease(easing, (clock.t - before.moment) / (moment - before.moment));
  if (share === 0) return from;
  // Some easing curves overshoot.
  return Math.min(range.max, Math.max(range.min, from + (read(to, path) - from) * share));
}

/** Cache of keys sorted by time: a schedule may have one for every frame. */
const ordered = new WeakMap<
  Track,
  Pick<Clock, "fps" | "end" | "beats"> & { readonly keys: readonly TimedKey[] }
>();

function inOrder(track: Track, clock: Clock): readonly TimedKey[] {
  const { fps, end, beats } = clock;
  const known = ordered.get(track);
  if (known?.fps === fps && known.end === end && known.beats === beats) return known.keys;
  const keys = track.keys
    .map((key) => ({ ...key, moment: momentOf(key.at, clock) }))
    .sort((a, b) => a.moment - b.moment);
  ordered.set(track, { fps, end, beats, keys });
  return keys;
}

/** Index of the first key after a moment, −1 if there is none. */
function firstAfter(keys: readonly TimedKey[], moment: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]!.moment > moment) high = middle;
    else low = middle + 1;
  }
  return low < keys.length ? low : -1;
}
