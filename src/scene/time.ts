import { DreamError } from "../errors.ts";
import type { Beats, Clock } from "./clock.ts";

/** A time as written: seconds, frames, which depend on the frame rate, or beats and bars, which depend on the sound. */
export interface Time {
  readonly unit: "seconds" | "frames" | "beats" | "bars";
  readonly value: number;
}

/** The beats of a film's sound. */
export interface Tempo extends Pick<Beats, "bpm" | "beatsPerBar"> {
  /** The first beat; never in beats. */
  readonly offset: Time;
}

/** A point in a shot, which may also be a percentage of it. */
export type ShotTime = Time | { readonly unit: "percent"; readonly value: number };

/** Most characters of a time. */
const longestTime = 64;

/** Parse `4s`, `1.5`, `1:30`, `0:01:30.5`, `500ms`, `96f`, `8b` or `2bar`; undefined where it is none of them. */
export function parseTime(text: string | number): Time | undefined {
  if (typeof text === "number")
    return Number.isFinite(text) && text >= 0 ? { unit: "seconds", value: text } : undefined;
  // The limit also keeps numbers finite.
  if (text.length > longestTime) return undefined;
  const plain = /^(\d+(?:\.\d+)?|\.\d+)\s*(s|ms|f|min|b|bar)?$/.exec(text.trim());
  if (plain) {
    const value = Number(plain[1]);
    switch (plain[2]) {
      case "f":
        return Number.isInteger(value) ? { unit: "frames", value } : undefined;
      case "b":
        return { unit: "beats", value };
      case "bar":
        return { unit: "bars", value };
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

/** Whether a time depends on the sound. */
export function isInBeats({ unit }: ShotTime): boolean {
  return unit === "beats" || unit === "bars";
}

/** A length of time in seconds, at `fps` frames per second. Throws `SCENE_INVALID` for beats without a tempo. */
export function toSeconds(
  time: Time,
  fps: number,
  tempo?: Pick<Beats, "bpm" | "beatsPerBar">,
): number {
  if (time.unit === "seconds") return time.value;
  if (time.unit === "frames") return time.value / fps;
  if (!tempo) {
    throw new DreamError("SCENE_INVALID", `${formatTime(time)} needs a tempo, and there is none`, {
      hint: tempoHint,
    });
  }
  const beats = time.unit === "bars" ? time.value * tempo.beatsPerBar : time.value;
  return (beats * 60) / tempo.bpm;
}

/** How a scene gets a tempo. */
export const tempoHint = "Set audio.bpm: a number, or auto to find it in the sound.";

/** A time in whole frames at `fps` frames per second, the nearest. */
export function toFrames(time: Time, fps: number): number {
  return time.unit === "frames" ? time.value : Math.round(toSeconds(time, fps) * fps);
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

/**
 * Seconds from the shot's start. Beats count from the first one in the shot; 100 % is the last frame, in a loop the first
 * again. Throws `SCENE_INVALID` for beats without a tempo.
 */
export function momentOf(time: ShotTime, { fps, end, beats }: Clock): number {
  if (time.unit === "percent") return (time.value / 100) * end;
  const seconds = toSeconds(time, fps, beats);
  return isInBeats(time) ? Math.max(0, beats!.firstSec + seconds) : seconds;
}

const suffixes = { seconds: "s", frames: "f", beats: "b", bars: "bar", percent: "%" } as const;

/** A time in scene syntax. */
export function formatTime({ unit, value }: ShotTime): string {
  return `${value}${suffixes[unit]}`;
}
