import { basename } from "node:path";
import { PassThrough } from "node:stream";
import ffmpeg from "fluent-ffmpeg";
import { convertColors } from "../color/convert.ts";
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { type Size, toPlanar } from "../image/image.ts";
import { ffmpegError, findFfmpeg } from "./ffmpeg.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { ffmpegPath, fileOptions } from "./input.ts";
import type { VideoInfo } from "./probe.ts";
import { type Rational, toNumber } from "./rational.ts";
import { placeBefore, secondsAhead, seekOptions } from "./timing.ts";

export interface DecodeOptions {
  readonly size: Size;
  /** Output frame rate. Frames of the clip are repeated or dropped to match it. */
  readonly fps: Rational;
  /** Start time, s; 0 is the clip's first picture. */
  readonly startSec?: number;
  /** Number of frames; without it, the stream is endless. */
  readonly frameCount?: number;
  /** Number of frames to skip. The frames that follow are the same as without skipping. */
  readonly skip?: number;
  /** Input is an ffmpeg source filter instead of a file. */
  readonly lavfi?: boolean;
}

export interface Decoder {
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
  const { apply } = convertColors(info.format.color);
  // Colour conversion needs more than 8 bits.
  const deep = info.format.deep || apply !== undefined;
  const bytesPerSample = deep ? 2 : 1;
  const command = ffmpeg({ stdoutLines: 50 }).setFfmpegPath(paths.ffmpeg);
  if (options.lavfi) command.input(input).inputFormat("lavfi");
  else command.input(ffmpegPath(input)).inputOptions([...fileOptions]);
  if (info.format.decoder) command.inputOptions(["-c:v", info.format.decoder]);
  const { frameCount = Number.POSITIVE_INFINITY, startSec = 0, skip = 0 } = options;
  const startAt = info.originSec + startSec;
  const { container, stream: number } = info;
  const seekSec = options.lavfi ? 0 : await placeBefore(input, container, number, startAt);
  // Skip whole seconds only: every time base represents them exactly, so the times of the pictures do not change.
  const aheadSec =
    options.lavfi || skip === 0
      ? 0
      : await secondsAhead(
          input,
          container,
          number,
          seekSec,
          startAt + skip / toNumber(options.fps),
        );
  if (seekSec + aheadSec > 0) command.inputOptions(seekOptions(seekSec + aheadSec));
  if (aheadSec > 0) command.inputOptions(["-itsoffset", String(aheadSec)]);
  command
    .noAudio()
    .outputOptions([
      "-map",
      `0:${info.stream}`,
      ...(Number.isFinite(frameCount) ? ["-frames:v", String(Math.max(1, frameCount - skip))] : []),
      // Otherwise ffmpeg repeats the first frame in place of the skipped ones.
      ...(skip > 0 ? ["-vsync", "0"] : []),
      "-vf",
      `setpts=PTS-(${(startAt - seekSec).toFixed(6)})/TB,${filters(info, options)}`,
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
    // ffmpeg starts shortly after pipe(): a close before that finds no process to kill.
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
  // The last picture is shown until the clip's end, whatever its coded duration.
  const maxHeld = Math.ceil(info.lastSec * toNumber(options.fps)) + 1;
  let delivered = skip;
  let held = 0;
  let last: Frame | undefined;
  return {
    async next() {
      while (ready.length === 0) {
        const chunk = await patiently(chunks.next(), () =>
          stream.destroy(
            new DreamError("FFMPEG_FAILED", `ffmpeg has sent no data for ${longestWaitSec} s`, {
              where: input,
              hint: "The clip may be damaged, or a filter has stopped producing frames.",
            }),
          ),
        );
        if (chunk.done) break;
        ready.push(...splitter.push(chunk.value));
      }
      const bytes = ready.shift();
      if (!bytes && delivered === skip) {
        throw new DreamError("EMPTY_VIDEO", "no frame could be decoded", {
          where: input,
          hint: "Is source.video.start beyond the end of the clip?",
        });
      }
      if (delivered >= frameCount) return undefined;
      if (!bytes && (!Number.isFinite(frameCount) || held++ >= maxHeld)) return undefined;
      delivered++;
      if (bytes) {
        last = toFrame(bytes, options.size, bytesPerSample);
        apply?.(last);
      }
      return last;
    },
    async close() {
      closed = true;
      command.kill("SIGKILL");
      stream.destroy();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    },
  };
}

/** Seconds without data from ffmpeg after which the decoder gives up. */
const longestWaitSec = 120;

/** Wait, and call `onLate` on a time-out. The time is counted in seconds, so that a sleeping machine counts none. */
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

/** Notices for the user about the decoded pictures. */
export function decodingNotices(input: string, { format }: VideoInfo): string[] {
  const { notice } = convertColors(format.color);
  const { unknownMatrix } = format;
  const notices = [
    ...(notice === undefined ? [] : [notice]),
    ...(unknownMatrix === undefined
      ? []
      : [`ffmpeg does not know its matrix (${unknownMatrix}); colours may come out wrong`]),
  ];
  return notices.map((text) => `${basename(input)}: ${text}`);
}

/**
 * Filters for frame rate, square pixels and size: scaled if the aspect ratio matches, else scaled to cover and
 * cropped to the centre.
 */
function filters(info: VideoInfo, { size, fps, skip = 0 }: DecodeOptions): string {
  const factor = Math.max(size.width / info.width, size.height / info.height);
  const wide = Math.max(size.width, Math.round(info.width * factor));
  const high = Math.max(size.height, Math.round(info.height * factor));
  // Differences of up to two pixels come from rounding.
  const fits = wide - size.width <= 2 && high - size.height <= 2;
  const scaled = fits ? size : { width: wide, height: high };
  const { alpha, deep, fields, matrix, range } = info.format;
  const scaling = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp";
  const meaning = [
    ...(matrix === undefined ? [] : [`in_color_matrix=${matrix}`]),
    ...(range === undefined ? [] : [`in_range=${range}`]),
  ];
  return [
    // Composite transparency on black before anything mixes with hidden pixels.
    ...(alpha
      ? [
          ["scale=iw:ih", scaling, ...meaning].join(":"),
          `format=${deep ? "gbrap16le" : "gbrap"}`,
          // Without a range, older ffmpegs assume limited range, whose black is 16.
          "setparams=range=full",
          "premultiply=inplace=1",
          `format=${deep ? "gbrp16le" : "gbrp"}`,
        ]
      : []),
    ...(fields ? ["bwdif=mode=send_frame:deint=interlaced"] : []),
    `fps=${fps.num}/${fps.den}`,
    // Pictures before the start are decoded and dropped.
    `trim=start_pts=${skip}`,
    [`scale=${scaled.width}:${scaled.height}`, scaling, ...(alpha ? [] : meaning)].join(":"),
    ...(fits ? [] : [`crop=${size.width}:${size.height}`]),
    "setsar=1",
  ].join(",");
}
