import { FileMemory } from "../disk/file-memory.ts";
import { type FfmpegPaths, findFfmpeg, runTool } from "./ffmpeg.ts";
import { fastest } from "./frame-rate.ts";
import { ffmpegPath, fileOptions, refusedKind } from "./input.ts";
import { parseRational, type Rational, toNumber } from "./rational.ts";
import { type StreamFormat, type StreamTags, streamFormat } from "./stream-format.ts";

/** A file's metadata about its pictures. */
export interface VideoHeader {
  /** ffmpeg's number of the stream. */
  readonly stream: number;
  /** px as displayed: after rotation, with square pixels. */
  readonly width: number;
  readonly height: number;
  /** Frame rates in the header, the most likely first. */
  readonly rates: readonly Rational[];
  readonly format: StreamFormat;
}

/** A file's metadata: its main picture and sound streams among all streams. */
export interface Header {
  /** ffmpeg's names of the container, such as `mov,mp4,m4a`. */
  readonly format: string;
  readonly video: VideoHeader | undefined;
  readonly audio: { readonly stream: number; readonly codec: string } | undefined;
}

interface FoundHeader {
  readonly header: Header | undefined;
  /** The reason if there is none and it is known. */
  readonly refused: string | undefined;
}

const known = new FileMemory<FoundHeader>(({ header }) => header !== undefined);

/** The metadata that ffprobe, or else ffmpeg, reports of a file; the result is kept until the file changes. */
export async function readHeader(file: string): Promise<FoundHeader> {
  const programs = await findFfmpeg();
  return known.of(file, programs, () => readWith(programs, file));
}

async function readWith({ ffmpeg, ffprobe }: FfmpegPaths, file: string): Promise<FoundHeader> {
  const input = [...fileOptions, "-i", ffmpegPath(file)];
  const { stdout, stderr, timedOut } = await (ffprobe
    ? runTool(ffprobe, ["-v", "error", "-show_streams", "-show_format", "-of", "json", ...input])
    : runTool(ffmpeg, ["-hide_banner", ...input]));
  if (timedOut) return { header: undefined, refused: "ffmpeg could not read it within a minute" };
  const header = ffprobe ? parseJson(stdout) : parseInfo(stderr);
  return { header, refused: refusedKind(stderr) };
}

interface ProbeStream {
  readonly index?: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly pix_fmt?: string;
  readonly color_space?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly color_range?: string;
  readonly field_order?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: {
    readonly rotate?: string;
    readonly alpha_mode?: string;
    readonly ALPHA_MODE?: string;
  };
}

interface ProbeResult {
  readonly streams?: readonly ProbeStream[];
  readonly format?: { readonly format_name?: string };
}

/** Parse ffprobe's output, which is empty or incomplete for unreadable files. */
function parseJson(text: string): Header | undefined {
  let result: ProbeResult;
  try {
    result = JSON.parse(text) as ProbeResult;
  } catch {
    return undefined;
  }
  const { streams = [], format = {} } = result;
  const chosen = (type: string): ProbeStream | undefined =>
    chooseStream(
      streams
        .filter((stream) => stream.codec_type === type && stream.index !== undefined)
        .map((stream) => ({
          stream,
          dispositions: Object.entries(stream.disposition ?? {}).flatMap(([name, is]) =>
            is === 1 ? name : [],
          ),
        })),
    )?.stream;
  const [video, audio] = [chosen("video"), chosen("audio")];
  return {
    format: format.format_name ?? "",
    video: video && videoOf(video),
    audio: audio && { stream: audio.index!, codec: audio.codec_name ?? "" },
  };
}

function videoOf(video: ProbeStream): VideoHeader | undefined {
  if (!video.width || !video.height) return undefined;
  const rotation = Math.abs(
    video.side_data_list?.find((d) => d.rotation !== undefined)?.rotation ??
      Number(video.tags?.rotate ?? 0),
  );
  return {
    stream: video.index!,
    ...displaySize(video.width, video.height, video.sample_aspect_ratio ?? "1:1", rotation),
    rates: believable(video.avg_frame_rate, video.r_frame_rate),
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

/** Parse the input description of `ffmpeg -i`, for use without ffprobe. */
export function parseInfo(text: string): Header | undefined {
  const input = text.split(/^(?:Output #|Stream mapping)/m)[0] ?? "";
  const format = /^Input #0, (\S+), from /m.exec(input)?.[1] ?? "";
  const [video, audio] = [streamLine(input, "Video"), streamLine(input, "Audio")];
  if (!video && !audio) return undefined;
  return {
    format,
    video: video && videoOfLine(input, video),
    audio: audio && { stream: audio.stream, codec: /^\w+/.exec(audio.line)?.[0] ?? "" },
  };
}

interface StreamLine {
  readonly stream: number;
  readonly line: string;
}

/** The line of `ffmpeg -i` about the chosen stream of a kind. */
function streamLine(input: string, kind: "Video" | "Audio"): StreamLine | undefined {
  // Anchored to the line's start: a title may contain the same text.
  const lines = [...input.matchAll(new RegExp(`^ {2,4}Stream #0:(\\d+)\\S*: ${kind}: (.*)`, "gm"))];
  return chooseStream(
    lines.map(([, stream, line = ""]) => ({
      stream: Number(stream),
      line,
      dispositions: [...line.matchAll(/ \(([a-z ]+)\)/g)].map(([, name = ""]) =>
        name.replace(" ", "_"),
      ),
    })),
  );
}

function videoOfLine(input: string, { stream, line }: StreamLine): VideoHeader | undefined {
  const size = /, (\d+)x(\d+)/.exec(line);
  if (!size || line.startsWith("ansi")) return undefined;
  // The lines up to the next stream. A title or comment may contain the same text, but after its own key.
  const below = input.slice(input.indexOf(line)).split(/^ {2,4}Stream #/m)[0] ?? "";
  const rotated = /^ +(?:rotate +: |displaymatrix: rotation of )(-?[\d.]+)/m.exec(below)?.[1];
  return {
    stream,
    ...displaySize(
      Number(size[1]),
      Number(size[2]),
      /SAR (\d+:\d+)/.exec(line)?.[1] ?? "1:1",
      Math.abs(Number(rotated ?? 0)),
    ),
    rates: believable(/([\d.]+k?) fps/.exec(line)?.[1], /([\d.]+k?) tbr/.exec(line)?.[1]),
    format: streamFormat({
      width: Number(size[1]),
      height: Number(size[2]),
      ...parsePictures(line),
      alphaBeside: /^ +alpha_mode +: 1$/im.test(below),
    }),
  };
}

/** Parse the line of a video stream: `h264 (High), yuv420p(tv, bt709/unknown/bt709, top first), …`. */
function parsePictures(line: string): Partial<StreamTags> {
  const [, pixelFormat, inside = ""] =
    /, (\w+)(?:\(([^)]*(?:\(swapped\))?)\))?, \d+x\d+/.exec(line) ?? [];
  const words = inside.split(", ");
  const colors = words.find((word) => word.includes("/"))?.split("/");
  const order = words.find((word) => /^(?:progressive|.* first.*)$/.test(word));
  const rest = words.find((word) => /^(?:bt|smpte|fcc|film|ycgco|gbr|ictcp|iec|linear)/.test(word));
  // A single value applies to all three.
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

/** Dispositions of streams that are not the main one. */
const forSome = [
  "attached_pic",
  "timed_thumbnails",
  "comment",
  "hearing_impaired",
  "visual_impaired",
];

/** The stream that players choose: the default one, else the first without a special audience. Covers are excluded. */
function chooseStream<T extends { readonly dispositions: readonly string[] }>(
  streams: readonly T[],
): T | undefined {
  const own = streams.filter(({ dispositions }) => !dispositions.includes("attached_pic"));
  return (
    own.find(({ dispositions }) => dispositions.includes("default")) ??
    own.find(({ dispositions }) => !forSome.some((kind) => dispositions.includes(kind))) ??
    own[0]
  );
}

/** The plausible rates; if all are too high, the highest allowed. */
function believable(...texts: readonly (string | undefined)[]): Rational[] {
  const rates = texts
    .flatMap((text) => parseRational((text ?? "").replace(/k$/, "000")) ?? [])
    .filter((rate) => toNumber(rate) > 0);
  const slow = rates.filter((rate) => toNumber(rate) <= fastest);
  return slow.length > 0 || rates.length === 0 ? slow : [{ num: fastest, den: 1 }];
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
