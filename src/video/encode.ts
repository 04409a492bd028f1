import { writeFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import ffmpeg from "fluent-ffmpeg";
import { placeHint, writeError } from "../disk/whole-file.ts";
import { DreamError } from "../errors.ts";
import { chooseEncoding } from "./containers.ts";
import { addSound } from "./encode-sound.ts";
import { ffmpegError, findFfmpeg, listEncoders } from "./ffmpeg.ts";
import type { Size } from "./image.ts";
import type { FrameSink, SinkOptions } from "./sink.ts";

/**
 * Encode frames into `file` as they come. Odd sizes gain a pixel, the last column or row repeated, where
 * the codec stores colour at half size. Throws `FFMPEG_NO_CODEC`, `OUTPUT_UNWRITABLE`; later `FFMPEG_FAILED`.
 */
export async function openEncoder(file: string, options: SinkOptions): Promise<FrameSink> {
  const paths = await findFfmpeg();
  const encoding = chooseEncoding(file, options.codec, options.quality);
  const encoders = await listEncoders(paths.ffmpeg);
  if (!encoders.has(encoding.encoder)) {
    const known = [
      "libx264",
      "libx265",
      "libvpx-vp9",
      "libaom-av1",
      "prores_ks",
      "gif",
      "libwebp",
      "apng",
    ].filter((name) => encoders.has(name));
    throw new DreamError(
      "FFMPEG_NO_CODEC",
      `this ffmpeg (${paths.ffmpeg}) has no encoder ${encoding.encoder}`,
      {
        hint: `It has ${known.join(", ")}. Choose another output.codec or file ending, or set FFMPEG_PATH to a fuller ffmpeg.`,
      },
    );
  }
  // Fails at once, and not after the first dreamed frame, where the file cannot be made.
  await writeFile(file, "").catch((cause: unknown) => {
    throw writeError(cause, file, placeHint);
  });
  const size = encoding.even ? evenSize(options.size) : options.size;
  const input = new PassThrough({ highWaterMark: 1 << 22 });
  const command = ffmpeg({ stdoutLines: 50 })
    .setFfmpegPath(paths.ffmpeg)
    .input(input)
    .inputOptions([
      "-f",
      "rawvideo",
      "-pix_fmt",
      "rgb24",
      "-s",
      `${size.width}x${size.height}`,
      "-framerate",
      `${options.fps.num}/${options.fps.den}`,
    ]);
  const sound =
    encoding.audio === undefined ? [] : addSound(command, encoding, options.audio ?? []);
  command.outputOptions([
    "-map",
    "0:v:0",
    ...sound,
    "-c:v",
    encoding.encoder,
    ...(encoding.filter ? ["-filter:v", encoding.filter] : []),
    ...encoding.options,
    "-map_metadata",
    "-1",
    "-map_chapters",
    "-1",
    ...(options.comment === undefined ? [] : ["-metadata", `comment=${options.comment}`]),
  ]);
  command.output(file);

  let commandLine = "";
  let stderr = "";
  let failure: DreamError | undefined;
  let aborted = false;
  command.on("start", (line: string) => {
    commandLine = line;
    // It starts a moment after run(): an abort in between has nothing to kill yet.
    if (aborted) command.kill("SIGKILL");
  });
  command.on("stderr", (line: string) => {
    stderr = `${stderr}\n${line}`.slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    command.on("end", () => resolve());
    command.on("error", (cause: Error) => {
      failure = ffmpegError("encoding", commandLine, stderr, cause);
      input.destroy();
      resolve();
    });
  });
  input.on("error", () => {});
  command.run();

  return {
    async write(pixels) {
      if (failure) throw failure;
      if (input.write(padTo(pixels, options.size, size))) return;
      await Promise.race([new Promise((resolve) => input.once("drain", resolve)), ended]);
      if (failure) throw failure;
    },
    async finish() {
      input.end();
      await ended;
      if (failure) throw failure;
    },
    async abort() {
      aborted = true;
      command.kill("SIGKILL");
      input.destroy();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    },
  };
}

function evenSize({ width, height }: Size): Size {
  return { width: width + (width % 2), height: height + (height % 2) };
}

/** Interleaved RGB bytes with the last column and row repeated. */
function padTo(pixels: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return pixels;
  const padded = new Uint8Array(3 * to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const start = 3 * from.width * Math.min(y, from.height - 1);
    const row = pixels.subarray(start, start + 3 * from.width);
    padded.set(row, 3 * to.width * y);
    if (to.width > from.width) padded.set(row.subarray(-3), 3 * (to.width * y + from.width));
  }
  return padded;
}
