import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { DreamError } from "../errors.ts";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { parseRational, type Rational, toNumber } from "./rational.ts";

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
  /** More than 8 bits per channel. */
  readonly deep: boolean;
  /** As tagged in the file; undefined where it says nothing. */
  readonly colorSpace: string | undefined;
}

/** What the file system says of a file. Throws `FILE_NOT_FOUND`, calling it a `kind`. */
export async function lookAt(file: string, kind: "video" | "sound"): Promise<Stats> {
  const found = await stat(file).catch(() => undefined);
  if (found) return found;
  throw new DreamError("FILE_NOT_FOUND", `there is no such ${kind}`, {
    where: file,
    hint: "Relative paths start at the scene file.",
  });
}

/** Look into a video file. Throws `FILE_NOT_FOUND`, `NOT_A_VIDEO`, `EMPTY_VIDEO`. */
export async function probeVideo(file: string): Promise<VideoInfo> {
  const found = await lookAt(file, "video");
  if (found.isDirectory())
    throw notAVideo(file, "it is a folder; use source: frames for numbered pictures");
  if (found.size === 0) throw notAVideo(file, "the file is empty");
  const { ffmpeg, ffprobe } = await findFfmpeg();
  const info = ffprobe
    ? await probeJson(ffprobe, file)
    : parseInfo((await runTool(ffmpeg, ["-hide_banner", "-i", file])).stderr);
  if (!info) throw notAVideo(file, "ffmpeg finds no video stream in it");
  if (info.frameCount < 1 || info.durationSec <= 0) {
    throw new DreamError("EMPTY_VIDEO", "the video has no frames", {
      where: file,
      hint: "A recording that broke off can look like this.",
    });
  }
  return info;
}

/** What an ffmpeg source filter would deliver. Throws `FFMPEG_FAILED` with ffmpeg's complaint. */
export async function probeLavfi(graph: string): Promise<VideoInfo> {
  const { ffmpeg } = await findFfmpeg();
  const { stderr, failed } = await runTool(ffmpeg, [
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
    const words = stderr.trim().split("\n").slice(-3).join("\n    ");
    throw new DreamError(
      "FFMPEG_FAILED",
      `ffmpeg does not take the lavfi source "${graph}"\n    ${words}`,
      {
        hint: "source.lavfi is an ffmpeg source filter, such as testsrc2=size=640x360:rate=24.",
      },
    );
  }
  return info;
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
  readonly disposition?: { readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: { readonly rotate?: string };
}

async function probeJson(ffprobe: string, file: string): Promise<VideoInfo | undefined> {
  const { stdout, failed } = await runTool(ffprobe, [
    "-v",
    "error",
    "-show_streams",
    "-show_format",
    "-of",
    "json",
    file,
  ]);
  if (failed) return undefined;
  const { streams = [], format = {} } = JSON.parse(stdout) as {
    streams?: ProbeStream[];
    format?: { duration?: string; format_name?: string };
  };
  const video = streams.find((s) => s.codec_type === "video" && s.disposition?.attached_pic !== 1);
  const audio = streams.find((s) => s.codec_type === "audio");
  // ffmpeg reads any text as "tty" art, and a picture as a video of one frame.
  if (!video?.width || !video.height || format.format_name === "tty") return undefined;
  const average = parseRational(video.avg_frame_rate ?? "");
  const base = parseRational(video.r_frame_rate ?? "");
  const fps = average ?? base ?? { num: 25, den: 1 };
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
    deep: isDeep(video.pix_fmt),
    colorSpace: video.color_space === "unknown" ? undefined : video.color_space,
  };
}

/** Read what `ffmpeg -i` prints about its input, where there is no ffprobe. */
export function parseInfo(text: string): VideoInfo | undefined {
  const input = text.split(/^(?:Output #|Stream mapping)/m)[0] ?? "";
  const line = /Stream #0:\d+.*?: Video: (.*)/.exec(input)?.[1];
  const size = /, (\d+)x(\d+)/.exec(line ?? "");
  if (!line || !size || /\(attached pic\)|^ansi/.test(line)) return undefined;
  const fps = parseRational(
    /([\d.]+)k? fps/.exec(line)?.[1] ?? /([\d.]+) tbr/.exec(line)?.[1] ?? "",
  ) ?? { num: 25, den: 1 };
  const durationSec = parseDuration(input);
  const rotation = Math.abs(Number(/rotat(?:e|ion)\D*?(-?[\d.]+)/.exec(input)?.[1] ?? 0));
  const audio = /Stream #0:\d+.*?: Audio: (\w+)/.exec(input)?.[1];
  return {
    ...displaySize(
      Number(size[1]),
      Number(size[2]),
      /SAR (\d+:\d+)/.exec(line)?.[1] ?? "1:1",
      rotation,
    ),
    fps,
    durationSec,
    frameCount: Math.round(durationSec * toNumber(fps)),
    hasAudio: audio !== undefined,
    audioCodec: audio,
    deep: isDeep(/, (\w+)[,(]/.exec(line)?.[1]),
    colorSpace: /bt709|smpte170m|bt470bg|bt2020nc/.exec(line)?.[0],
  };
}

/** Seconds of the duration that `ffmpeg -i` prints; 0 where it prints none. */
export function parseDuration(text: string): number {
  const [, h = 0, m = 0, s = 0] = /Duration: (\d+):(\d+):([\d.]+)/.exec(text) ?? [];
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

function isDeep(pixelFormat: string | undefined): boolean {
  return /(?:p|gbrp|gray|rgb|x2\w*)(?:9|10|12|14|16|48|64)/.test(pixelFormat ?? "");
}
