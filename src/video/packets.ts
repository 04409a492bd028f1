/** When the parts of a stream are shown or heard, as ffmpeg's framecrc tells: a line for each, after some that begin with #. */
import { execa } from "execa";

export interface StreamTimes {
  /** Seconds at which packets are shown, in no order; those that are decoded but never shown are left out. */
  readonly times: readonly number[];
  /** When the last is over, s. */
  readonly endSec: number;
  /** How long the last is shown, s; 0 where the file does not say. */
  readonly lastSec: number;
  /** Whether the file says when its packets are shown, and not only in which order they are decoded. */
  readonly timed: boolean;
}

/** Longer than any disk keeps ffmpeg waiting. */
const longestSilenceMs = 60_000;
/** What framecrc prints for a time that is not known. */
const unknownTime = -(2 ** 63);
/** Flag of a packet that is decoded and not shown. */
const discarded = 4;

/**
 * Times of all packets of the streams that `args` map. What a broken file still gives is counted; `undefined` where ffmpeg
 * falls silent for a minute.
 */
export async function readPackets(
  ffmpeg: string,
  args: readonly string[],
): Promise<ReadonlyMap<number, StreamTimes> | undefined> {
  const reader = new PacketReader();
  const process = execa(ffmpeg, ["-v", "error", ...args, "-f", "framecrc", "pipe:1"], {
    reject: false,
    stdin: "ignore",
    stderr: "ignore",
    buffer: false,
    killSignal: "SIGKILL",
  });
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    process.kill();
  }, longestSilenceMs);
  for await (const line of process) {
    reader.push(String(line));
    timer.refresh();
  }
  clearTimeout(timer);
  await process;
  return silent ? undefined : reader.streams();
}

interface OpenStream {
  readonly times: number[];
  lastShown: number;
  lastSec: number;
  timed: boolean;
}

/** Takes framecrc's lines one by one. */
export class PacketReader {
  readonly #bases = new Map<number, number>();
  readonly #streams = new Map<number, OpenStream>();

  push(line: string): void {
    const [, of, num, den] = /^#tb (\d+): (\d+)\/(\d+)/.exec(line) ?? [];
    if (of !== undefined) this.#bases.set(Number(of), Number(num) / Number(den));
    if (!/^\d/.test(line)) return;
    const [index = 0, dts = 0, pts = 0, length = 0] = line.split(",", 4).map(Number);
    const flags = Number.parseInt(/, F=0x([0-9A-F]+)/i.exec(line)?.[1] ?? "0", 16);
    if (flags & discarded) return;
    const base = this.#bases.get(index) ?? 1;
    const known = this.#streams.get(index);
    const stream = known ?? { times: [], lastShown: -Infinity, lastSec: 0, timed: true };
    if (!known) this.#streams.set(index, stream);
    if (pts <= unknownTime) stream.timed = false;
    const time = (pts <= unknownTime ? dts : pts) * base;
    stream.times.push(time);
    if (time < stream.lastShown) return;
    stream.lastShown = time;
    stream.lastSec = Math.max(0, length * base);
  }

  /** By their place among the mapped ones; without those that gave nothing. */
  streams(): ReadonlyMap<number, StreamTimes> {
    return new Map(
      [...this.#streams].map(([index, { times, lastShown, lastSec, timed }]) => [
        index,
        { times, endSec: lastShown + lastSec, lastSec, timed },
      ]),
    );
  }
}
