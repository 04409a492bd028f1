import type { Beats } from "./clock.ts";
import { type Tempo, toSeconds } from "./time.ts";

/**
 * The beats as a shot sees them that starts at `startSec` of the film. Its first beat is at or after `cutSec`, where it
 * starts before it is rounded to a frame.
 */
export function beatsFrom(tempo: Tempo, fps: number, startSec: number, cutSec = startSec): Beats {
  const { bpm, beatsPerBar } = tempo;
  const offsetSec = toSeconds(tempo.offset, fps);
  const beatSec = 60 / bpm;
  const first = Math.max(0, Math.ceil((cutSec - offsetSec) / beatSec - 1e-6));
  return {
    bpm,
    beatsPerBar,
    firstSec: offsetSec + first * beatSec - startSec,
    atStart: (startSec - offsetSec) / beatSec,
  };
}
