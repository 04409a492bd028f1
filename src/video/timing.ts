/** When a file's pictures and sound begin and end, measured and not believed. */
import { stat } from "node:fs/promises";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions } from "./input.ts";
import { PacketReader, readPackets, type StreamTimes } from "./packets.ts";

/** The streams of a file that are read, by ffmpeg's numbers. */
export interface ChosenStreams {
  /** ffmpeg's names of the container, such as `mov,mp4,m4a`. */
  readonly format: string;
  readonly video?: number;
  readonly audio?: number;
}

export interface Timing {
  readonly video?: StreamTiming;
  readonly audio?: StreamTiming;
  /** When the sound's first sample is heard, s after the clip's first picture; negative before it. */
  readonly delaySec: number;
}

export interface StreamTiming {
  /** Seconds at which pictures are shown, in no order. */
  readonly times: readonly number[];
  /** From the first that can be decoded to the end of the last. */
  readonly durationSec: number;
  /** How long the last is shown, s; 0 where the file does not say. */
  readonly lastSec: number;
  /** When it begins on ffmpeg's clock, where this stream alone is decoded. */
  readonly originSec: number;
}

const measured = new Map<string, Promise<Timing | undefined>>();

/**
 * Look at a file's streams, once for each content. Pictures and sound are told apart by their first decoded ones: what a
 * container says of its start includes what is never shown or heard. `undefined` where ffmpeg makes no sense of it.
 */
export async function measureTiming(
  file: string,
  streams: ChosenStreams,
): Promise<Timing | undefined> {
  const { size, mtimeMs } = await stat(file);
  const key = JSON.stringify([file, size, mtimeMs, streams]);
  const timing = measured.get(key) ?? measure(file, streams);
  measured.set(key, timing);
  return timing;
}

async function measure(file: string, streams: ChosenStreams): Promise<Timing | undefined> {
  const { ffmpeg } = await findFfmpeg();
  const input = [...fileOptions, "-i", ffmpegPath(file)];
  const both = [streams.video, streams.audio].filter((stream) => stream !== undefined);
  const maps = both.flatMap((stream) => ["-map", `0:${stream}`]);
  // Alone, a stream may have another clock: newer ffmpegs begin it with the streams that are read.
  const alone = both.length > 1 && !isIndexed(streams.format);
  const [packets, together, ...apart] = await Promise.all([
    readPackets(ffmpeg, [...input, ...maps, "-c", "copy"]),
    firstTimes(file, both),
    ...(alone ? both.map((stream) => firstTimes(file, [stream])) : []),
  ]);
  if (!packets) return undefined;
  const timingOf = (stream: number | undefined): StreamTiming | undefined => {
    const place = both.indexOf(stream ?? Number.NaN);
    const times = packets.get(place);
    const first = together.get(place);
    if (!times || first === undefined) return undefined;
    return { ...fromFirst(times, first), originSec: apart[place]?.get(0) ?? first };
  };
  const [video, audio] = [timingOf(streams.video), timingOf(streams.audio)];
  const [seen = 0, heard = seen] = both.map((_, place) => together.get(place));
  return {
    ...(video ? { video } : {}),
    ...(audio ? { audio } : {}),
    delaySec: video && audio ? heard - seen : 0,
  };
}

/** What lies before the first that can be decoded is neither seen nor heard. */
function fromFirst(
  { times, endSec, lastSec, timed }: StreamTimes,
  firstSec: number,
): Omit<StreamTiming, "originSec"> {
  // A header may round its times to milliseconds.
  const shown = timed ? times.filter((time) => time > firstSec - 0.002) : times;
  const first = timed ? firstSec : times.reduce((a, b) => Math.min(a, b));
  return { times: shown, durationSec: endSec - first, lastSec };
}

/** When the first picture or sample of each stream is decoded, by its place among `streams`. */
async function firstTimes(
  file: string,
  streams: readonly number[],
  seekSec = 0,
): Promise<ReadonlyMap<number, number>> {
  const { ffmpeg } = await findFfmpeg();
  const args = ["-v", "quiet", ...fileOptions, ...seekOptions(seekSec), "-i", ffmpegPath(file)];
  // An output ends with the first of its streams: each has its own, and tells it apart.
  streams.forEach((stream, place) => {
    args.push("-map", `0:${stream}`, "-frames", "1");
    // Each on its own clock, neither repeated nor moved.
    args.push("-vsync", "0", "-enc_time_base", "-1", "-f", "framecrc", `pipe:${place + 1}`);
  });
  const { stdout, stderr } = await runTool(ffmpeg, args);
  const firsts = [stdout, stderr].flatMap((text, place): [number, number][] => {
    const reader = new PacketReader();
    for (const line of text.split("\n")) reader.push(line);
    const first = reader.streams().get(0)?.times[0];
    return first === undefined ? [] : [[place, first]];
  });
  return new Map(firsts);
}

/** Containers with a list of where their pictures are; in others a place is guessed, and what follows it is lost. */
function isIndexed(format: string): boolean {
  return /\b(?:mov|matroska)\b/.test(format);
}

/** Seconds by which pictures may be stored before or behind their turn. */
const reordered = 1;
/** Less is sooner decoded than looked for, s. */
const worthSeeking = 3;

/**
 * Where to begin reading for what is shown at `wantedSec` on ffmpeg's clock: at a place from which all of it comes, which
 * is tried, else at the start: 0.
 */
export async function placeBefore(
  file: string,
  format: string,
  stream: number,
  wantedSec: number,
): Promise<number> {
  const seekSec = wantedSec - reordered;
  if (wantedSec < worthSeeking || !isIndexed(format)) return 0;
  const first = (await firstTimes(file, [stream], seekSec)).get(0);
  return first !== undefined && first <= reordered - 0.1 ? seekSec : 0;
}

/**
 * Whole seconds after `seekSec`, a place that `placeBefore` found, at which to begin reading for what is shown at `wantedSec`;
 * 0 where nothing later has all of it.
 */
export async function secondsAhead(
  file: string,
  format: string,
  stream: number,
  seekSec: number,
  wantedSec: number,
): Promise<number> {
  const aheadSec = Math.floor(wantedSec - reordered - seekSec);
  if (wantedSec < worthSeeking || aheadSec < 1 || !isIndexed(format)) return 0;
  const place = seekSec + aheadSec;
  const first = (await firstTimes(file, [stream], place)).get(0);
  return first !== undefined && first <= wantedSec - place - 0.1 ? aheadSec : 0;
}

/** Begin at a place in the file, and leave the cutting to filters. */
export function seekOptions(seekSec: number): string[] {
  return seekSec > 0 ? ["-noaccurate_seek", "-ss", seekSec.toFixed(6)] : [];
}
