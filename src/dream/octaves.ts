import { type DreamSettings, iterationsAt } from "./settings.ts";

export interface OctaveSize {
  readonly height: number;
  readonly width: number;
  /** Its index in `iterations`; 0 is the smallest requested octave, even if that is omitted. */
  readonly index: number;
}

/** Minimum side of an octave, px; smaller pictures have too little content. */
const smallestSide = 24;

/** Sizes of the octaves from the smallest to the full picture. Octaves with a side below `smallestSide` are omitted. */
export function octaveSizes(height: number, width: number, settings: DreamSettings): OctaveSize[] {
  const count = Math.max(1, Math.round(settings.octaves));
  return Array.from({ length: count }, (_, index) => {
    const factor = settings.octaveScale ** (count - 1 - index);
    return { height: Math.round(height / factor), width: Math.round(width / factor), index };
  }).filter(
    (size) => size.index === count - 1 || Math.min(size.height, size.width) >= smallestSide,
  );
}

/** Number of pixels in the octave of each step, in order, for a picture of `height` × `width` px. */
export function stepAreas(height: number, width: number, settings: DreamSettings): number[] {
  return octaveSizes(height, width, settings).flatMap((size) =>
    new Array<number>(iterationsAt(settings, size.index)).fill(size.height * size.width),
  );
}
