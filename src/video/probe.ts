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

/** A clip, its lengths measured. */
export interface VideoInfo extends Omit<VideoHeader, "rates"> {
  /** ffmpeg's names of it, such as `mov,mp4,m4a`. */
  readonly container: string;
  readonly fps: Rational;
  /** From the first picture to the end of the last; of a filter, which has none, 0. */
  readonly durationSec: number;
  /** Number of frames at `fps`. */
  readonly frameCount: number;
  /** When its first picture comes on ffmpeg's clock, s. */
  readonly originSec: number;
  /** How long the last picture is shown, s. */
  readonly lastSec: number;
  readonly sound: ClipSound | undefined;
}

/** px a side, as in scenes. */
const largestSide = 16384;
/** Look into a video file. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`, `NOT_A_VIDEO`, `EMPTY_VIDEO`, `TOO_LARGE`. */
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
  const streams = { format, video: video.stream, ...(audio ? { audio: audio.stream } : {}) };
  const timing = await measureTiming(file, streams);
  if (!timing) throw notAVideo(file, "ffmpeg has not made sense of it in a minute");
  if (!timing.video) {
    throw new DreamError("EMPTY_VIDEO", "the video has no frames", {
      where: file,
      hint: "A recording that broke off can look like this.",
    });
  }
  const { times, originSec } = timing.video;
  const fps = chooseRate(times, timing.video.durationSec, rates);
  // Where the last picture has no length of its own, it is shown as long as any.
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

/** A header with the peak of its HDR, where the file tells it. */
async function withPeak(file: string, video: VideoHeader): Promise<VideoHeader> {
  const { color } = video.format;
  const peak = color.transfer === "smpte2084" ? await readPeak(file, video.stream) : undefined;
  return peak === undefined
    ? video
    : { ...video, format: { ...video.format, color: { ...color, peak } } };
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
  const video = failed ? undefined : parseInfo(stderr)?.video;
  if (!video) {
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
  checkSize(video, "source.lavfi");
  const { rates, ...rest } = video;
  const fps = rates[0] ?? defaultFps;
  const endless = { durationSec: 0, frameCount: 0, originSec: 0, lastSec: 0, sound: undefined };
  return { ...rest, format: drawnFormat(video.format), container: "lavfi", fps, ...endless };
}

/** A header may claim any size; frames are made for it before the first is decoded. */
function checkSize({ width, height }: Size, where: string): void {
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
