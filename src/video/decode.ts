import { basename } from "node:path";
import { PassThrough } from "node:stream";
import ffmpeg from "fluent-ffmpeg";
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { convertColors } from "./color/convert.ts";
import { ffmpegError, findFfmpeg } from "./ffmpeg.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { type Size, toPlanar } from "./image.ts";
import { ffmpegPath, fileOptions } from "./input.ts";
import type { VideoInfo } from "./probe.ts";
import type { Rational } from "./rational.ts";
import type { StreamFormat } from "./stream-format.ts";

export interface DecodeOptions {
  readonly size: Size;
  /** Frames come at exactly this rate, whatever the rate of the clip, by repeating or dropping. */
  readonly fps: Rational;
  readonly startSec?: number;
  /** Exclusive. */
  readonly endSec?: number;
  /** Input is an ffmpeg source filter instead of a file. */
  readonly lavfi?: boolean;
}

export interface Decoder {
  /** What the user is to know of the pictures. */
  readonly notices: readonly string[];
  next(): Promise<Frame | undefined>;
  close(): Promise<void>;
}

/**
 * Stream the frames of a video through ffmpeg, a few at a time.
 * `next()` throws `FFMPEG_FAILED` or `EMPTY_VIDEO`.
 */
export async function openDecoder(
  input: string,
  info: VideoInfo,
  options: DecodeOptions,
): Promise<Decoder> {
  const paths = await findFfmpeg();
  const { width, height } = options.size;
  const { apply, notice } = convertColors(info.format.color);
  // What is converted afterwards is not rounded before.
  const deep = info.format.deep || apply !== undefined;
  const bytesPerSample = deep ? 2 : 1;
  const command = ffmpeg({ stdoutLines: 50 }).setFfmpegPath(paths.ffmpeg);
  if (options.lavfi) command.input(input).inputFormat("lavfi");
  else command.input(ffmpegPath(input)).inputOptions([...fileOptions]);
  if (info.format.decoder) command.inputOptions(["-c:v", info.format.decoder]);
  if (options.startSec) command.inputOptions(["-ss", String(options.startSec)]);
  if (options.endSec !== undefined)
    command.inputOptions(["-t", String(options.endSec - (options.startSec ?? 0))]);
  command
    .noAudio()
    .outputOptions([
      "-map",
      "0:v:0",
      "-vf",
      filters(info, options),
      "-pix_fmt",
      deep ? "rgb48le" : "rgb24",
    ])
    .format("rawvideo");

  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  let commandLine = "";
  let closed = false;
  let stderr = "";
  command.on("start", (line: string) => {
    commandLine = line;
    // It starts a moment after pipe(): a close in between has nothing to kill yet.
    if (closed) command.kill("SIGKILL");
  });
  command.on("stderr", (line: string) => {
    stderr = `${stderr}\n${line}`.slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    command.on("end", () => resolve());
    command.on("error", (cause: Error) => {
      if (!closed) stream.destroy(ffmpegError(`decoding ${input}`, commandLine, stderr, cause));
      resolve();
    });
  });
  command.pipe(stream, { end: true });

  const splitter = new FrameSplitter(3 * width * height * bytesPerSample);
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const ready: Uint8Array[] = [];
  let delivered = 0;
  return {
    notices: noticesOf(info.format, notice).map((text) => `${basename(input)}: ${text}`),
    async next() {
      while (ready.length === 0) {
        const chunk = await patiently(chunks.next(), () =>
          stream.destroy(
            new DreamError("FFMPEG_FAILED", `ffmpeg has given nothing for ${longestWaitSec} s`, {
              where: input,
              hint: "The clip may be broken, or a filter gives no frames any more.",
            }),
          ),
        );
        if (chunk.done) break;
        ready.push(...splitter.push(chunk.value));
      }
      const bytes = ready.shift();
      if (!bytes && delivered === 0) {
        throw new DreamError("EMPTY_VIDEO", "no frame could be decoded", {
          where: input,
          hint: "Is source.video.start beyond the end of the clip?",
        });
      }
      if (!bytes) return undefined;
      delivered++;
      const frame = toFrame(bytes, options.size, bytesPerSample);
      apply?.(frame);
      return frame;
    },
    async close() {
      closed = true;
      command.kill("SIGKILL");
      stream.destroy();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    },
  };
}

/** Seconds without a byte from ffmpeg, after which no more is expected. */
const longestWaitSec = 120;

/** Wait, and call `onLate` where it takes too long. Seconds are counted, so that a sleeping machine counts none. */
async function patiently<T>(wanted: Promise<T>, onLate: () => void): Promise<T> {
  let waitedSec = 0;
  const timer = setInterval(() => {
    if (++waitedSec === longestWaitSec) onLate();
  }, 1000);
  try {
    return await wanted;
  } finally {
    clearInterval(timer);
  }
}

function toFrame(bytes: Uint8Array, { width, height }: Size, bytesPerSample: number): Frame {
  if (bytesPerSample === 1) return toPlanar(bytes, height, width, 3, 255);
  return toPlanar(new Uint16Array(bytes.buffer, 0, bytes.length / 2), height, width, 3, 65535);
}

function noticesOf({ unknownMatrix }: StreamFormat, ofColors: string | undefined): string[] {
  return [
    ...(ofColors === undefined ? [] : [ofColors]),
    ...(unknownMatrix === undefined
      ? []
      : [`ffmpeg does not know its matrix (${unknownMatrix}); colours may come out wrong`]),
  ];
}

/** Frame rate, square pixels, size: fit where the aspect agrees, else cover and crop to the middle. */
function filters(info: VideoInfo, { size, fps }: DecodeOptions): string {
  const factor = Math.max(size.width / info.width, size.height / info.height);
  const wide = Math.max(size.width, Math.round(info.width * factor));
  const high = Math.max(size.height, Math.round(info.height * factor));
  // A difference of a pixel or two is rounding, not another aspect.
  const fits = wide - size.width <= 2 && high - size.height <= 2;
  const scaled = fits ? size : { width: wide, height: high };
  const { alpha, deep, fields, matrix, range } = info.format;
  const scaling = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp";
  const meaning = [
    ...(matrix === undefined ? [] : [`in_color_matrix=${matrix}`]),
    ...(range === undefined ? [] : [`in_range=${range}`]),
  ];
  return [
    // Transparency is on black before anything mixes with what it hides.
    ...(alpha
      ? [
          ["scale=iw:ih", scaling, ...meaning].join(":"),
          `format=${deep ? "gbrap16le" : "gbrap"}`,
          // Without its range, older ones take the values for those of television, whose black is 16.
          "setparams=range=full",
          "premultiply=inplace=1",
          `format=${deep ? "gbrp16le" : "gbrp"}`,
        ]
      : []),
    ...(fields ? ["bwdif=mode=send_frame:deint=interlaced"] : []),
    `fps=${fps.num}/${fps.den}`,
    [`scale=${scaled.width}:${scaled.height}`, scaling, ...(alpha ? [] : meaning)].join(":"),
    ...(fits ? [] : [`crop=${size.width}:${size.height}`]),
    "setsar=1",
  ].join(",");
}
