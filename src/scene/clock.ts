/** A moment of a shot, at which its expressions and keys are evaluated. */
export interface Clock {
  /** Seconds from the shot's start. */
  readonly t: number;
  /** Frame, from 0. */
  readonly f: number;
  /** Number of frames. */
  readonly n: number;
  /** Position in the shot, 0..1. */
  readonly p: number;
  /** Frames per second. */
  readonly fps: number;
  /** Time at which `p` is 1, s: that of the last frame, or in a loop that of the first frame again. */
  readonly end: number;
  /** Seed of `noise` and `rand`. */
  readonly seed: number;
  /** Sound levels; absent without sound. */
  readonly sound?: SoundLevels;
  /** Absent without `audio.bpm`. */
  readonly beats?: Beats;
}

/** The beats of the sound, as a shot sees them. */
export interface Beats {
  /** Beats per minute. */
  readonly bpm: number;
  readonly beatsPerBar: number;
  /** The first beat in the shot, s from its start. */
  readonly firstSec: number;
  /** Beats from the first one of the sound to the shot's start; negative before it. */
  readonly atStart: number;
}

/** Loudness, and the levels of the low, middle and high bands, each 0..1. `beat` is 1 on a beat and then fades. */
export interface SoundLevels {
  readonly level: number;
  readonly bass: number;
  readonly mid: number;
  readonly treble: number;
  readonly beat: number;
}

/** Names of the sound levels. */
export const soundNames: readonly (keyof SoundLevels)[] = [
  "level",
  "bass",
  "mid",
  "treble",
  "beat",
];

/** The clock at frame `f` of `n`, at `fps` frames per second. In a loop the frame after the last is the first. */
export function clockAt(
  f: number,
  n: number,
  fps: number,
  options: Partial<Pick<Clock, "seed" | "sound" | "beats">> & { readonly loop?: boolean } = {},
): Clock {
  const { seed = 1, sound, beats, loop = false } = options;
  const last = loop ? n : n - 1;
  const p = last > 0 ? f / last : 0;
  const heard = { sound, beats };
  return { t: f / fps, f, n, p, fps, end: last / fps, seed, ...heard };
}
