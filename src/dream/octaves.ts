import { type DreamSettings, iterationsAt } from "./settings.ts";

export interface OctaveSize {
  readonly height: number;
  readonly width: number;
  /** Its number in `iterations`: 0 is the smallest octave that was asked for. */
  readonly index: number;
}

/** Smallest side in px an octave may have; below, there is nothing left to dream on. */
const smallestSide = 24;

/** Sizes of the octaves from the smallest to the full picture. Octaves too small for a network are left out. */
export function octaveSizes(height: number, width: number, settings: DreamSettings): OctaveSize[] {
  const count = Math.max(1, Math.round(settings.octaves));
  return Array.from({ length: count }, (_, index) => {
    const factor = settings.octaveScale ** (count - 1 - index);
    return { height: Math.round(height / factor), width: Math.round(width / factor), index };
  }).filter(
    (size) => size.index === count - 1 || Math.min(size.height, size.width) >= smallestSide,
  );
}

/** Pixels of the octave of each step, in the order in which a picture of `height` × `width` px is dreamed. */
export function stepAreas(height: number, width: number, settings: DreamSettings): number[] {
  return octaveSizes(height, width, settings).flatMap((size) =>
    new Array<number>(iterationsAt(settings, size.index)).fill(size.height * size.width),
  );
}
