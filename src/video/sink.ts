/** Where frames go. Nothing appears under the final name before `finish`. */
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { placeHint, renameDurably, writeError } from "../disk/whole-file.ts";
import { DreamError } from "../errors.ts";
import type { Size } from "../image/image.ts";
import type { ClipSound } from "./clip-sound.ts";
import { type Codec, chooseEncoding } from "./containers.ts";
import { openEncoder } from "./encode.ts";
import { openFolder } from "./frames-folder.ts";
import type { Rational } from "./rational.ts";
import { verifyVideo } from "./verify.ts";

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

/** Whether a name stands for a folder of PNG frames. */
function isFolder(file: string): boolean {
  return /[/\\]$/.test(file);
}

/** Throws `USAGE` where `file` can hold neither video, such as `codec`, nor frames. Writes nothing. */
export function checkOutput(file: string, codec: Codec | undefined): void {
  if (!isFolder(file)) chooseEncoding(file, codec, 18);
}

/**
 * Open `file` for writing: a video by its ending, or PNG frames where it ends in a slash. It gets its name when it is
 * complete and has been decoded. Throws `USAGE`, `OUTPUT_UNWRITABLE`, `OUTPUT_EXISTS`, `FFMPEG_NO_CODEC`; at its end
 * `FFMPEG_FAILED`, `DISK_FULL`, `OUTPUT_BROKEN`.
 */
export async function openSink(file: string, options: SinkOptions): Promise<FrameSink> {
  if (isFolder(file)) return openFolder(file, options);
  const final = resolve(file);
  await makeFolder(dirname(final), file);
  if (
    await stat(final).then(
      (s) => s.isDirectory(),
      () => false,
    )
  ) {
    throw new DreamError("OUTPUT_UNWRITABLE", "the output is a folder", {
      where: file,
      hint: "End the name in / to write PNG frames into it, or choose another name.",
    });
  }
  const temporary = join(options.work, `${unfinished}${extname(final)}`);
  const encoder = await openEncoder(temporary, options);
  let frames = 0;
  return {
    async write(pixels) {
      await encoder.write(pixels);
      frames++;
    },
    async finish() {
      try {
        await encoder.finish();
        await verifyVideo(temporary, frames);
        await renameDurably(temporary, final).catch((cause: unknown) => {
          throw writeError(cause, file, placeHint);
        });
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async abort() {
      await encoder.abort();
      await rm(temporary, { force: true });
    },
  };
}

/** Make the output's folder with its parents. */
export async function makeFolder(folder: string, where: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw writeError(cause, where, placeHint);
  }
}
