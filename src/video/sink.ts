/** The interface of outputs for frames. */
import { mkdir } from "node:fs/promises";
import type { Codec } from "../choices.ts";
import { placeHint, writeError } from "../disk/write-atomically.ts";
import type { Size } from "../image/image.ts";
import type { ClipSound } from "./clip-sound.ts";
import type { Rational } from "./rational.ts";

/** Name of an output in the render cache until it is complete; whatever begins with it is removed when a render opens. */
export const unfinished = "unfinished";

export interface FrameSink {
  /** Write the interleaved RGB bytes of the next frame. */
  write(pixels: Uint8Array): Promise<void>;
  /** Complete the output, pass its temporary path to `onWhole`, and give it its name. */
  finish(onWhole?: (path: string) => Promise<void>): Promise<void>;
  /** Stop, and remove the incomplete output from the render cache. */
  abort(): Promise<void>;
}

export interface SinkOptions {
  /** An existing folder on the same disk for the incomplete output. */
  readonly work: string;
  readonly size: Size;
  readonly fps: Rational;
  /** x264's constant rate factor, 0..51; lower is better. */
  readonly quality: number;
  readonly codec?: Codec;
  /** Number of the first frame, for a folder of frames. Default 0. */
  readonly first?: number;
  /** Text to store in the output, if its format supports it. */
  readonly comment?: string;
  /** Consecutive pieces of sound. Without pieces the output has no sound. */
  readonly audio?: readonly AudioPiece[];
}

/** A piece of sound with the length `durationSec`: a clip's sound from `startSec` to `endSec`, then silence. */
export interface AudioPiece {
  /** Absent for silence. */
  readonly sound?: ClipSound;
  readonly startSec?: number;
  /** Exclusive. */
  readonly endSec?: number;
  readonly durationSec: number;
  /** Length of the cross-fade with the previous piece, s. Default 0. */
  readonly crossfadeSec?: number;
}

/** Create a folder and its parents. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL` for the output `where`. */
export async function makeFolder(folder: string, where: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw writeError(cause, where, placeHint);
  }
}
