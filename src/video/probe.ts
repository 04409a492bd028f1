import { DreamError } from "../errors.ts";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions, lookAt, refusedKind } from "./input.ts";
import { checkLavfi } from "./lavfi.ts";
import { parseRational, type Rational, toNumber } from "./rational.ts";
import { drawnFormat, type StreamFormat, type StreamTags, streamFormat } from "./stream-format.ts";

export interface VideoInfo {
  /** px as displayed: after rotation, with square pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps: Rational;
  readonly durationSec: number;
  /** Number of frames at `fps`; a good guess for clips of variable rate. */
  readonly frameCount: number;
  readonly hasAudio: boolean;
  readonly audioCodec: string | undefined;
  readonly format: StreamFormat;
}

/** px a side, as in scenes. */
const largestSide = 16384;
/** Frames per second; high-speed cameras write as many. */
const fastest = 1000;
const defaultFps: Rational = { num: 25, den: 1 };

/** Look into a video file. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`, `NOT_A_VIDEO`, `EMPTY_VIDEO`, `TOO_LARGE`. */
export async function probeVideo(file: string): Promise<VideoInfo> {
  const found = await lookAt(file, "video");
  if (found.isDirectory())
    throw notAVideo(file, "it is a folder; use source: frames for numbered pictures");
  if (found.size === 0) throw notAVideo(file, "the file is empty");
  const { ffmpeg, ffprobe } = await findFfmpeg();
  const input = [...fileOptions, "-i", ffmpegPath(file)];
  const { stdout, stderr, timedOut } = await (ffprobe
    ? runTool(ffprobe, ["-v", "error", "-show_streams", "-show_format", "-of", "json", ...input])
    : runTool(ffmpeg, ["-hide_banner", ...input]));
  if (timedOut) throw notAVideo(file, "ffmpeg has not made sense of it in a minute");
  const info = ffprobe ? parseJson(stdout) : await counted(parseInfo(stderr), ffmpeg, input);
  if (!info) throw notAVideo(file, refusedKind(stderr) ?? "ffmpeg finds no video stream in it");
  checkSize(info, file);
  if (info.frameCount < 1 || info.durationSec <= 0) {
    throw new DreamError("EMPTY_VIDEO", "the video has no frames", {
      where: file,
      hint: "A recording that broke off can look like this.",
    });
  }
  return info;
}

/** What ffmpeg says of a file; where that is nothing of its length, as of a GIF's, its frames are counted. */
async function counted(
  info: VideoInfo | undefined,
  ffmpeg: string,
  input: readonly string[],
): Promise<VideoInfo | undefined> {
  if (!info || info.durationSec > 0) return info;
  const args = ["-v", "error", ...input, "-map", "0:v:0", "-f", "framecrc", "pipe:1"];
  const { stdout } = await runTool(ffmpeg, args);
  const frameCount = countFramesOf(stdout);
  return { ...info, frameCount, durationSec: frameCount / toNumber(info.fps) };
}

/** Frames that ffmpeg's framecrc tells of: a line for each, after some that begin with #. */
export function countFramesOf(framecrc: string): number {
  return framecrc.match(/^\d/gm)?.length ?? 0;
}

/**
 * What an ffmpeg source filter would deliver. Throws `FILTER_REFUSED` where it might do more than draw, `FFMPEG_FAILED`
 * with ffmpeg's complaint, `TOO_LARGE`.
 */
export async function probeLavfi(graph: string): Promise<VideoInfo> {
  checkLavfi(graph);
  const { ffmpeg } = await findFfmpeg();
  const { stderr, failed, timedOut } = await runTool(ffmpeg, [
    "-hide_banner",
    "-f",
    "lavfi",
    "-i",
    graph,
    "-frames:v",
    "1",
    "-f",
    "null",
    "-",
  ]);
  const info = failed ? undefined : parseInfo(stderr);
  if (!info) {
    const words = timedOut
      ? "its first frame has not come in a minute"
      : stderr.trim().split("\n").slice(-3).join("\n    ");
    throw new DreamError(
      "FFMPEG_FAILED",
      `ffmpeg does not take the lavfi source "${graph}"\n    ${words}`,
      {
        hint: "source.lavfi is an ffmpeg source filter, such as testsrc2=size=640x360:rate=24.",
      },
    );
  }
  checkSize(info, "source.lavfi");
  return { ...info, format: drawnFormat(info.format) };
}

/** A header may claim any size; frames are made for it before the first is decoded. */
function checkSize({ width, height }: VideoInfo, where: string): void {
  if (Math.min(width, height) >= 1 && Math.max(width, height) <= largestSide) return;
  throw new DreamError("TOO_LARGE", `the video says it has ${width}x${height} px`, {
    where,
    hint: `Each side may have 1 to ${largestSide}.`,
  });
}

function notAVideo(file: string, why: string): DreamError {
  return new DreamError("NOT_A_VIDEO", `this is not a video: ${why}`, {
    where: file,
    hint: "Anything ffmpeg decodes will do: mp4, mov, mkv, webm, avi, gif.",
  });
}

interface ProbeStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly nb_frames?: string;
  readonly duration?: string;
  readonly pix_fmt?: string;
  readonly color_space?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly color_range?: string;
  readonly field_order?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: {
    readonly rotate?: string;
    readonly alpha_mode?: string;
    readonly ALPHA_MODE?: string;
  };
}

interface ProbeResult {
  readonly streams?: readonly ProbeStream[];
  readonly format?: { readonly duration?: string };
}

/** Read what ffprobe prints; of what it could not read it prints nothing, or half. */
function parseJson(text: string): VideoInfo | undefined {
  let result: ProbeResult;
  try {
    result = JSON.parse(text) as ProbeResult;
  } catch {
    return undefined;
  }
  const { streams = [], format = {} } = result;
  const video = streams.find((s) => s.codec_type === "video" && s.disposition?.attached_pic !== 1);
  const audio = streams.find((s) => s.codec_type === "audio");
  if (!video?.width || !video.height) return undefined;
  const fps = frameRate(video.avg_frame_rate, video.r_frame_rate);
  const rotation = Math.abs(
    video.side_data_list?.find((d) => d.rotation !== undefined)?.rotation ??
      Number(video.tags?.rotate ?? 0),
  );
  const durationSec = Number(video.duration ?? format.duration ?? 0) || 0;
  return {
    ...displaySize(video.width, video.height, video.sample_aspect_ratio ?? "1:1", rotation),
    fps,
    durationSec,
    frameCount: Number(video.nb_frames) || Math.round(durationSec * toNumber(fps)),
    hasAudio: audio !== undefined,
    audioCodec: audio?.codec_name,
    format: streamFormat({
      width: video.width,
      height: video.height,
      codec: video.codec_name,
      pixelFormat: video.pix_fmt,
      matrix: video.color_space,
      primaries: video.color_primaries,
      transfer: video.color_transfer,
      range: video.color_range,
      fieldOrder: video.field_order,
      alphaBeside: video.tags?.alpha_mode === "1" || video.tags?.ALPHA_MODE === "1",
    }),
  };
}

/** Read what `ffmpeg -i` prints about its input, where there is no ffprobe. */
export function parseInfo(text: string): VideoInfo | undefined {
  const input = text.split(/^(?:Output #|Stream mapping)/m)[0] ?? "";
  // At the start of a line: a title may say the same.
  const line = /^ {2,4}Stream #0:\d+\S*: Video: (.*)/m.exec(input)?.[1];
  const size = /, (\d+)x(\d+)/.exec(line ?? "");
  if (!line || !size || /\(attached pic\)|^ansi/.test(line)) return undefined;
  const fps = frameRate(/([\d.]+k?) fps/.exec(line)?.[1], /([\d.]+k?) tbr/.exec(line)?.[1]);
  const durationSec = parseDuration(input);
  // What follows up to the next stream; a title or a comment may say the same, behind a name of its own.
  const below = input.slice(input.indexOf(line)).split(/^ {2,4}Stream #/m)[0] ?? "";
  const rotated = /^ +(?:rotate +: |displaymatrix: rotation of )(-?[\d.]+)/m.exec(below)?.[1];
  const audio = parseAudio(input);
  return {
    ...displaySize(
      Number(size[1]),
      Number(size[2]),
      /SAR (\d+:\d+)/.exec(line)?.[1] ?? "1:1",
      Math.abs(Number(rotated ?? 0)),
    ),
    fps,
    durationSec,
    frameCount: Math.round(durationSec * toNumber(fps)),
    hasAudio: audio !== undefined,
    audioCodec: audio,
    format: streamFormat({
      width: Number(size[1]),
      height: Number(size[2]),
      ...parsePictures(line),
      alphaBeside: /^ +alpha_mode +: 1$/im.test(below),
    }),
  };
}

/** What the line of a video stream says of its pictures: `h264 (High), yuv420p(tv, bt709/unknown/bt709, top first), …`. */
function parsePictures(line: string): Partial<StreamTags> {
  const [, pixelFormat, inside = ""] =
    /, (\w+)(?:\(([^)]*(?:\(swapped\))?)\))?, \d+x\d+/.exec(line) ?? [];
  const words = inside.split(", ");
  const colors = words.find((word) => word.includes("/"))?.split("/");
  const order = words.find((word) => /^(?:progressive|.* first.*)$/.test(word));
  const rest = words.find((word) => /^(?:bt|smpte|fcc|film|ycgco|gbr|ictcp|iec|linear)/.test(word));
  // Where one is said, all three are the same.
  const [matrix, primaries, transfer] = colors ?? [rest, rest, rest];
  return {
    codec: /^\w+/.exec(line)?.[0],
    pixelFormat,
    range: words.find((word) => /^(?:tv|pc)$/.test(word)),
    matrix,
    primaries,
    transfer,
    fieldOrder: order,
  };
}

/** The first of some rates that can be one; where all are too fast, the fastest. */
function frameRate(...texts: readonly (string | undefined)[]): Rational {
  const rates = texts
    .flatMap((text) => parseRational((text ?? "").replace(/k$/, "000")) ?? [])
    .filter((rate) => toNumber(rate) > 0);
  const believable = rates.find((rate) => toNumber(rate) <= fastest);
  return believable ?? (rates.length > 0 ? { num: fastest, den: 1 } : defaultFps);
}

/** The codec of the first sound that `ffmpeg -i` prints. */
export function parseAudio(text: string): string | undefined {
  return /^ {2,4}Stream #0:\d+\S*: Audio: (\w+)/m.exec(text)?.[1];
}

/** Seconds of the duration that `ffmpeg -i` prints; 0 where it prints none. */
export function parseDuration(text: string): number {
  const [, h = 0, m = 0, s = 0] = /^ {2}Duration: (\d+):(\d+):([\d.]+)/m.exec(text) ?? [];
  return Number(h) * 3600 + Number(m) * 60 + Number(s);
}

function displaySize(
  width: number,
  height: number,
  aspect: string,
  rotation: number,
): { width: number; height: number } {
  const [x = 1, y = 1] = aspect.split(":").map(Number);
  const wide = x > 0 && y > 0 ? Math.round((width * x) / y) : width;
  return rotation % 180 === 90 ? { width: height, height: wide } : { width: wide, height };
}
