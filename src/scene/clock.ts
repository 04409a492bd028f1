/** A moment of a shot: what its expressions and keys go by. */
export interface Clock {
  /** Seconds from the shot's start. */
  readonly t: number;
  /** Frame, from 0. */
  readonly f: number;
  /** Number of frames. */
  readonly n: number;
  /** Share of the shot, 0..1. */
  readonly p: number;
  /** Frames per second. */
  readonly fps: number;
  /** Seconds at which `p` is 1: the last frame, in a loop the first again. */
  readonly end: number;
  /** Of `noise` and `rand`. */
  readonly seed: number;
  /** What is heard; absent where there is no sound. */
  readonly sound?: SoundLevels;
}

/** How loud it is, and how much of it low, middle and high, each 0..1; `beat` is 1 on a beat and fades. */
export interface SoundLevels {
  readonly level: number;
  readonly bass: number;
  readonly mid: number;
  readonly treble: number;
  readonly beat: number;
}

/** Names of what a sound gives. */
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
  options: { readonly seed?: number; readonly sound?: SoundLevels; readonly loop?: boolean } = {},
): Clock {
  const { seed = 1, sound, loop = false } = options;
  const last = loop ? n : n - 1;
  const p = last > 0 ? f / last : 0;
  return { t: f / fps, f, n, p, fps, end: last / fps, seed, ...(sound ? { sound } : {}) };
}
