/** Opens outputs for frames. The final name exists only after `finish`. */
import { rm, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { Codec } from "../choices.ts";
import { placeHint, renameDurably, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import type { Output } from "../output.ts";
import { chooseEncoding } from "./containers.ts";
import { openEncoder } from "./encode.ts";
import { openFolder } from "./frames-folder.ts";
import { type FrameSink, makeFolder, type SinkOptions, unfinished } from "./sink.ts";
import { verifyVideo } from "./verify.ts";

/** Throws `USAGE` if a file is not of a video type that can hold `codec`. Writes nothing. */
export function checkOutput(output: Output, codec: Codec | undefined): void {
  if (output.type === "video") chooseEncoding(output.file, codec, 18);
}

/**
 * Open an output for writing: a video of the type that its extension names, or PNG frames. `finish` decodes a video to
 * verify it before it gets its name. Throws `USAGE`, `OUTPUT_UNWRITABLE`, `OUTPUT_EXISTS`, `FFMPEG_NO_CODEC`; `write` and
 * `finish` throw `FFMPEG_FAILED`, `DISK_FULL`, `OUTPUT_BROKEN`.
 */
export async function openSink(output: Output, options: SinkOptions): Promise<FrameSink> {
  if (output.type === "frames") return openFolder(output.folder, options);
  const { file } = output;
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
    async finish(onWhole) {
      try {
        await encoder.finish();
        await verifyVideo(temporary, frames);
        await onWhole?.(temporary);
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
