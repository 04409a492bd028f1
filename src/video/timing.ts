/** Measures when a file's pictures and sound begin and end, independent of its header. */
import { FileMemory } from "../disk/file-memory.ts";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions } from "./input.ts";
import { PacketReader, readPackets, type StreamTimes } from "./packets.ts";

/** The selected streams of a file, by ffmpeg's numbers. */
export interface ChosenStreams {
  /** ffmpeg's names of the container, such as `mov,mp4,m4a`. */
  readonly format: string;
  readonly video?: number;
  readonly audio?: number;
}

export interface Timing {
  readonly video?: StreamTiming;
  readonly audio?: StreamTiming;
  /** Time of the first sample of sound minus that of the first picture, s; 0 without both. */
  readonly delaySec: number;
}

export interface StreamTiming {
  /** Presentation times, s, in any order. */
  readonly times: readonly number[];
  /** Time from the first picture or sample that can be decoded to the end of the last, s. */
  readonly durationSec: number;
  /** Duration of the last packet, s; 0 if the file does not give it. */
  readonly lastSec: number;
  /** Start of the stream on ffmpeg's clock when only this stream is decoded, s. */
  readonly originSec: number;
}

const measured = new FileMemory<Timing | undefined>((timing) => timing !== undefined);

/**
 * Measure the streams of a file; the result is cached until the file changes. The start is the first decoded picture or
 * sample, because the start in the container includes packets that are never shown or heard. Undefined if ffmpeg cannot
 * read the file.
 */
export async function measureTiming(
  file: string,
  streams: ChosenStreams,
): Promise<Timing | undefined> {
  return measured.of(file, streams, () => measure(file, streams));
}

async function measure(file: string, streams: ChosenStreams): Promise<Timing | undefined> {
  const { ffmpeg } = await findFfmpeg();
  const input = [...fileOptions, "-i", ffmpegPath(file)];
  const both = [streams.video, streams.audio].filter((stream) => stream !== undefined);
  const maps = both.flatMap((stream) => ["-map", `0:${stream}`]);
  // A stream read alone may have another clock, because newer ffmpegs start it at the first of the streams they read.
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
    video,
    audio,
    delaySec: video && audio ? heard - seen : 0,
  };
}

/** Remove the packets before the first that can be decoded. */
function fromFirst(
  { times, endSec, lastSec, timed }: StreamTimes,
  firstSec: number,
): Omit<StreamTiming, "originSec"> {
  // Some containers round times to milliseconds.
  const shown = timed ? times.filter((time) => time > firstSec - 0.002) : times;
  const first = timed ? firstSec : times.reduce((a, b) => Math.min(a, b));
  return { times: shown, durationSec: endSec - first, lastSec };
}

/** Times in s of the first decoded picture or sample of each stream, by its index among `streams`. */
async function firstTimes(
  file: string,
  streams: readonly number[],
  seekSec = 0,
): Promise<ReadonlyMap<number, number>> {
  const { ffmpeg } = await findFfmpeg();
  const args = ["-v", "quiet", ...fileOptions, ...seekOptions(seekSec), "-i", ffmpegPath(file)];
  // An output ends with the first of its streams to end, so each stream gets an output of its own.
  streams.forEach((stream, place) => {
    args.push("-map", `0:${stream}`, "-frames", "1");
    // Keep the time base of each stream, and neither repeat nor shift pictures.
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

/** Whether a container has an index. Without one, ffmpeg guesses the position of a seek and may lose pictures after it. */
function isIndexed(format: string): boolean {
  return /\b(?:mov|matroska)\b/.test(format);
}

/** Maximum time by which pictures are stored before or after their presentation order, s. */
const reordered = 1;
/** Minimum start time for which a seek is faster than decoding from the start, s. */
const worthSeeking = 3;

/**
 * The time to seek to, s, in order to read the pictures from `wantedSec` on ffmpeg's clock. A trial confirms that none is
 * lost; otherwise it is 0, the start.
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
 * Whole seconds after `seekSec`, a result of `placeBefore`, to seek to in order to read the pictures from `wantedSec`; 0 if
 * a later position loses pictures.
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

/** ffmpeg options before `-i` that seek to a keyframe at or before `seekSec`; filters do the exact cut. */
export function seekOptions(seekSec: number): string[] {
  return seekSec > 0 ? ["-noaccurate_seek", "-ss", seekSec.toFixed(6)] : [];
}
