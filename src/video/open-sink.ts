/** Where frames go. Nothing appears under the final name before `finish`. */

import { rm, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { Codec } from "../choices.ts";
import { placeHint, renameDurably, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import { chooseEncoding } from "./containers.ts";
import { openEncoder } from "./encode.ts";
import { openFolder } from "./frames-folder.ts";
import { type FrameSink, makeFolder, type SinkOptions, unfinished } from "./sink.ts";
import { verifyVideo } from "./verify.ts";

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
