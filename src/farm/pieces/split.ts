/** Where a shot can be split without changing a bit of its frames. */
import { dreamedFrom } from "../../pipeline/plan/cadence.ts";
import type { ShotOutline } from "../share/outline.ts";

/** Frames of a shot that one worker makes, the first and the last included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Whether it goes on from the stretch before. */
  readonly goesOn: boolean;
}

/**
 * Split a shot into stretches of about `size` frames. Frames that feed back are split where the state starts anew: at `cuts`
 * of the clip, and after a feedback of 0. Between, stretches go on from each other, and end at dreamed frames, which leave
 * a checkpoint. A loop blends into its pre-roll, so it is one chain. Without feedback every dreamed frame starts anew.
 */
export function splitShot(shot: ShotOutline, cuts: readonly number[], size: number): Stretch[] {
  const { start, frames, preRoll, feeds, anew } = shot;
  if (!feeds) return splitFree(shot, size);
  const starts =
    preRoll > 0
      ? [0]
      : [...new Set([start, ...anew, ...cuts])].filter((at) => at >= start && at < frames);
  starts.sort((a, b) => a - b);
  const stretches: Stretch[] = [];
  for (const [i, from] of starts.entries()) {
    const to = (starts[i + 1] ?? frames) - 1;
    const before = stretches.at(-1);
    // Short stretches are one piece, which also goes on from nothing.
    if (before && !before.goesOn && to - before.from < size)
      stretches.splice(-1, 1, { ...before, to });
    else stretches.push(...chain(shot, from, to, size));
  }
  return stretches;
}

/** Stretches of equal length, each of which goes on from the one before. */
function chain(shot: ShotOutline, first: number, last: number, size: number): Stretch[] {
  const count = Math.max(1, Math.round((last - first + 1) / size));
  const length = Math.ceil((last - first + 1) / count);
  const stretches: Stretch[] = [];
  for (let from = first; from <= last; from = stretches.at(-1)!.to + 1) {
    const to = Math.min(last, dreamedFrom(shot, from + length - 1));
    stretches.push({ from, to, goesOn: from > first });
  }
  return stretches;
}

/** Stretches that do not depend on each other. Those that blend into the pre-roll are one, because each would dream it. */
function splitFree(shot: ShotOutline, size: number): Stretch[] {
  const { frames, preRoll } = shot;
  const body = frames - preRoll;
  const free = chain(shot, 0, body - 1, size).map((one) => ({ ...one, goesOn: false }));
  return preRoll > 0 ? [...free, { from: body, to: frames - 1, goesOn: false }] : free;
}
