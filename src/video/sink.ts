/** The contract of what frames are written to. */

import { mkdir } from "node:fs/promises";
import type { Codec } from "../choices.ts";
import { placeHint, writeError } from "../disk/write-atomically.ts";
import type { Size } from "../image/image.ts";
import type { ClipSound } from "./clip-sound.ts";
import type { Rational } from "./rational.ts";

/** What an output is called in the work folder until it is complete. */
export const unfinished = "unfinished";

export interface FrameSink {
  /** Interleaved RGB bytes of the next frame. */
  write(pixels: Uint8Array): Promise<void>;
  /** Complete the file and give it its name. */
  finish(): Promise<void>;
  /** Give up and leave nothing behind in the work folder. */
  abort(): Promise<void>;
}

export interface SinkOptions {
  /** An existing folder on the same disk, where the output is made. */
  readonly work: string;
  readonly size: Size;
  readonly fps: Rational;
  /** x264's constant rate factor, 0..51; lower is better. */
  readonly quality: number;
  readonly codec?: Codec;
  /** Number of the first frame, where frames are files. */
  readonly first?: number;
  /** A text to put into the file, where its kind holds one. */
  readonly comment?: string;
  /** Sound to go with the pictures, one piece after the other; none is silence. */
  readonly audio?: readonly AudioPiece[];
}

/** A piece of sound, `durationSec` long: from `startSec` of a clip to `endSec`, then silence. Without a sound all is silent. */
export interface AudioPiece {
  readonly sound?: ClipSound;
  readonly startSec?: number;
  /** Exclusive. */
  readonly endSec?: number;
  readonly durationSec: number;
  /** How long it is heard together with the piece before. */
  readonly crossfadeSec?: number;
}

/** Make the output's folder with its parents. */
export async function makeFolder(folder: string, where: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw writeError(cause, where, placeHint);
  }
}
