import type { Clock } from "./clock.ts";

/** A point in time as written: seconds, or frames, which depend on the frame rate. */
export interface Time {
  readonly unit: "seconds" | "frames";
  readonly value: number;
}

/** A point in a shot, which may also be a percentage of it. */
export type ShotTime = Time | { readonly unit: "percent"; readonly value: number };

/** Most characters of a time. */
const longestTime = 64;

/** Parse `4s`, `1.5`, `1:30`, `0:01:30.5`, `500ms` or `96f`; undefined where it is none of them. */
export function parseTime(text: string | number): Time | undefined {
  if (typeof text === "number")
    return Number.isFinite(text) && text >= 0 ? { unit: "seconds", value: text } : undefined;
  // The limit also keeps numbers finite.
  if (text.length > longestTime) return undefined;
  const plain = /^(\d+(?:\.\d+)?|\.\d+)\s*(s|ms|f|min)?$/.exec(text.trim());
  if (plain) {
    const value = Number(plain[1]);
    switch (plain[2]) {
      case "f":
        return Number.isInteger(value) ? { unit: "frames", value } : undefined;
      case "ms":
        return { unit: "seconds", value: value / 1000 };
      case "min":
        return { unit: "seconds", value: value * 60 };
      default:
        return { unit: "seconds", value };
    }
  }
  const clock = /^(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?)$/.exec(text.trim());
  if (!clock) return undefined;
  return {
    unit: "seconds",
    value: Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]),
  };
}

/** A time in seconds at `fps` frames per second. */
export function toSeconds(time: Time, fps: number): number {
  return time.unit === "seconds" ? time.value : time.value / fps;
}

/** A time in whole frames at `fps` frames per second, the nearest. */
export function toFrames(time: Time, fps: number): number {
  return time.unit === "frames" ? time.value : Math.round(time.value * fps);
}

/** Parse the forms of `parseTime`, and `50%`. */
export function parseShotTime(text: string | number): ShotTime | undefined {
  const percent =
    typeof text === "string" && text.length <= longestTime
      ? /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text.trim())
      : null;
  if (!percent) return parseTime(text);
  const value = Number(percent[1]);
  return value <= 100 ? { unit: "percent", value } : undefined;
}

/** Seconds from the shot's start; 100 % is its last frame, in a loop its first again. */
export function momentOf(time: ShotTime, { fps, end }: Clock): number {
  return time.unit === "percent" ? (time.value / 100) * end : toSeconds(time, fps);
}

/** A time in scene syntax. */
export function formatTime({ unit, value }: ShotTime): string {
  return `${value}${unit === "seconds" ? "s" : unit === "frames" ? "f" : "%"}`;
}
