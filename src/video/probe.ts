import { DreamError } from "../errors.ts";
import type { Size } from "../image/image.ts";
import { type ClipSound, clipSound } from "./clip-sound.ts";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { chooseRate, defaultFps } from "./frame-rate.ts";
import { readPeak } from "./hdr-peak.ts";
import { parseInfo, readHeader, type VideoHeader } from "./header.ts";
import { lookAt } from "./input.ts";
import { checkLavfi } from "./lavfi.ts";
import { type Rational, toNumber } from "./rational.ts";
import { drawnFormat } from "./stream-format.ts";
import { measureTiming } from "./timing.ts";

/** A clip with measured durations. */
export interface VideoInfo extends Omit<VideoHeader, "rates"> {
  /** ffmpeg's names of the container, such as `mov,mp4,m4a`. */
  readonly container: string;
  readonly fps: Rational;
  /** Time from the first picture to the end of the last, s; 0 for a filter, which is endless. */
  readonly durationSec: number;
  /** Number of frames at `fps`; 0 for a filter. */
  readonly frameCount: number;
  /** Time of the first picture on ffmpeg's clock, s. */
  readonly originSec: number;
  /** Duration of the last picture, s. */
  readonly lastSec: number;
  readonly sound: ClipSound | undefined;
}

/** Maximum width and height, px, as in scenes. */
const largestSide = 16384;

/** Read and measure a video file. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`, `NOT_A_VIDEO`, `EMPTY_VIDEO`, `TOO_LARGE`. */
export async function probeVideo(file: string): Promise<VideoInfo> {
  const found = await lookAt(file, "video");
  if (found.isDirectory())
    throw notAVideo(file, "it is a folder; use source: frames for numbered pictures");
  if (found.size === 0) throw notAVideo(file, "the file is empty");
  const { header, refused } = await readHeader(file);
  if (!header?.video) throw notAVideo(file, refused ?? "ffmpeg finds no video stream in it");
  const { format, audio } = header;
  const { rates, ...video } = await withPeak(file, header.video);
  checkSize(video, file);
  const streams = { format, video: video.stream, audio: audio?.stream };
  const timing = await measureTiming(file, streams);
  if (!timing) throw notAVideo(file, "ffmpeg could not read it within a minute");
  if (!timing.video) {
    throw new DreamError("EMPTY_VIDEO", "the video has no frames", {
      where: file,
      hint: "An interrupted recording can cause this.",
    });
  }
  const { times, originSec } = timing.video;
  const fps = chooseRate(times, timing.video.durationSec, rates);
  // The last picture is shown for at least one frame, even if the file gives no duration for it.
  const missing = Math.max(0, 1 / toNumber(fps) - timing.video.lastSec);
  const durationSec = timing.video.durationSec + missing;
  return {
    ...video,
    container: format,
    fps,
    durationSec,
    frameCount: Math.max(1, Math.round(durationSec * toNumber(fps))),
    originSec,
    lastSec: timing.video.lastSec + missing,
    sound: clipSound(file, header, timing),
  };
}

/** The header with the peak luminance of a PQ clip, if the file has it. */
async function withPeak(file: string, video: VideoHeader): Promise<VideoHeader> {
  const { color } = video.format;
  const peak = color.transfer === "smpte2084" ? await readPeak(file, video.stream) : undefined;
  return peak === undefined
    ? video
    : { ...video, format: { ...video.format, color: { ...color, peak } } };
}

/** The number of frames in ffmpeg's framecrc output, which has one line per frame after header lines that begin with #. */
export function countFramesOf(framecrc: string): number {
  return framecrc.match(/^\d/gm)?.length ?? 0;
}

/**
 * Run an ffmpeg source filter for one frame and describe its pictures. Throws `FILTER_REFUSED` for a filter that is not
 * known to be safe, `FFMPEG_FAILED` with ffmpeg's message, `TOO_LARGE`.
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
  const video = failed ? undefined : parseInfo(stderr)?.video;
  if (!video) {
    const words = timedOut
      ? "its first frame did not arrive within a minute"
      : stderr.trim().split("\n").slice(-3).join("\n    ");
    throw new DreamError(
      "FFMPEG_FAILED",
      `ffmpeg refuses the lavfi source "${graph}"\n    ${words}`,
      {
        hint: "source.lavfi is an ffmpeg source filter, such as testsrc2=size=640x360:rate=24.",
      },
    );
  }
  checkSize(video, "source.lavfi");
  const { rates, ...rest } = video;
  const fps = rates[0] ?? defaultFps;
  const endless = { durationSec: 0, frameCount: 0, originSec: 0, lastSec: 0, sound: undefined };
  return { ...rest, format: drawnFormat(video.format), container: "lavfi", fps, ...endless };
}

/** Check the size in the header, because frames of that size are allocated before the first is decoded. */
function checkSize({ width, height }: Size, where: string): void {
  if (Math.min(width, height) >= 1 && Math.max(width, height) <= largestSide) return;
  throw new DreamError("TOO_LARGE", `the video has ${width}x${height} px according to its header`, {
    where,
    hint: `Each side must have 1 to ${largestSide} px.`,
  });
}

function notAVideo(file: string, why: string): DreamError {
  return new DreamError("NOT_A_VIDEO", `this is not a video: ${why}`, {
    where: file,
    hint: "Every format that ffmpeg decodes is supported: mp4, mov, mkv, webm, avi, gif.",
  });
}
