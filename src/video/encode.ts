import { rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { PassThrough } from "node:stream";
import ffmpeg from "fluent-ffmpeg";
import { placeHint, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import type { Size } from "../image/image.ts";
import { knownEncoders } from "./ask-ffmpeg.ts";
import { chooseEncoding, type Encoding } from "./containers.ts";
import { addSound, mayCopy, type OpenPiece, openPieces } from "./encode-sound.ts";
import { ffmpegError, findFfmpeg } from "./ffmpeg.ts";
import type { FrameSink, SinkOptions } from "./sink.ts";

/** Trials that succeeded in this process. */
const tried = new Set<string>();

/**
 * Encode frames into `file` as they arrive. If the codec subsamples chroma, odd sizes gain a pixel: the last column
 * or row is repeated. Sound is copied if the container accepts it, else encoded; a trial run decides. Throws
 * `FFMPEG_NO_CODEC`, `OUTPUT_UNWRITABLE`, `FFMPEG_FAILED`; the last one also later.
 */
export async function openEncoder(file: string, options: SinkOptions): Promise<FrameSink> {
  const paths = await findFfmpeg();
  const encoding = chooseEncoding(file, options.codec, options.quality);
  const encoders = await knownEncoders(paths.ffmpeg);
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
        hint: `It has ${known.join(", ")}. Choose another output.codec or file extension, or set FFMPEG_PATH to an ffmpeg with more encoders.`,
      },
    );
  }
  // Fail before the first frame is dreamed if the file cannot be created.
  await writeFile(file, "").catch((cause: unknown) => {
    throw writeError(cause, file, placeHint);
  });
  const pieces = encoding.audio === undefined ? [] : await openPieces(options.audio ?? []);
  const size = encoding.even ? evenSize(options.size) : options.size;
  const job = { program: paths.ffmpeg, encoding, size, pieces, options };
  // Without sound, the same trial has the same outcome.
  const trial = JSON.stringify([paths.ffmpeg, encoding, size, options.fps]);
  const isTried = pieces.length === 0 && tried.has(trial);
  const copy = mayCopy(encoding, pieces) && !(await tryOut(file, { ...job, copy: true }));
  const refused = copy || isTried ? undefined : await tryOut(file, { ...job, copy: false });
  if (refused) throw refused;
  tried.add(trial);
  const encoder = startEncoder(file, { ...job, copy });
  return { ...encoder, write: (pixels) => encoder.write(padTo(pixels, options.size, size)) };
}

interface EncodeJob {
  readonly program: string;
  readonly encoding: Encoding;
  /** Encoded size. */
  readonly size: Size;
  readonly pieces: readonly OpenPiece[];
  /** Whether sound is copied. */
  readonly copy: boolean;
  readonly options: SinkOptions;
}

/** Encode two black frames and a short piece of sound beside `file` as a trial. Returns the failure, if any. */
async function tryOut(file: string, job: EncodeJob): Promise<unknown> {
  const trial = join(dirname(file), `trial${extname(file)}`);
  const encoder = startEncoder(trial, job, ["-t", "0.5"]);
  const black = new Uint8Array(3 * job.size.width * job.size.height);
  try {
    await encoder.write(black);
    await encoder.write(black);
    await encoder.finish();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await rm(trial, { force: true });
  }
}

/** Run ffmpeg on frames of the encoded size. */
function startEncoder(
  file: string,
  { program, encoding, size, pieces, copy, options }: EncodeJob,
  limits: readonly string[] = [],
): FrameSink {
  const input = new PassThrough({ highWaterMark: 1 << 22 });
  const command = ffmpeg({ stdoutLines: 50 })
    .setFfmpegPath(program)
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
  const sound = addSound(command, encoding, pieces, copy);
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
    ...limits,
  ]);
  command.output(file);

  let commandLine = "";
  let stderr = "";
  let failure: DreamError | undefined;
  let aborted = false;
  command.on("start", (line: string) => {
    commandLine = line;
    // ffmpeg starts shortly after run(): an abort before that finds no process to kill.
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
      if (input.write(pixels)) return;
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
