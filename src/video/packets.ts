/** Reads the times of packets from ffmpeg's framecrc output: header lines that begin with #, then one line per packet. */

export interface StreamTimes {
  /** Presentation times of the packets, s, in any order; packets that are decoded but not shown are excluded. */
  readonly times: readonly number[];
  /** End of the last packet, s. */
  readonly endSec: number;
  /** Duration of the last packet, s; 0 if the file does not give it. */
  readonly lastSec: number;
  /** Whether the file has presentation times, and not only decoding times. */
  readonly timed: boolean;
}

/** Time without output after which ffmpeg is killed; slow disks cause shorter pauses. */
const longestSilenceMs = 60_000;
/** framecrc's value for an unknown time. */
const unknownTime = -(2 ** 63);
/** Flag of a packet that is decoded but not shown. */
const discarded = 4;

/**
 * The times of all packets of the streams that `args` map, as far as a broken file can be read; undefined if ffmpeg prints
 * nothing for a minute.
 */
export async function readPackets(
  ffmpeg: string,
  args: readonly string[],
): Promise<ReadonlyMap<number, StreamTimes> | undefined> {
  const reader = new PacketReader();
  // Imported when needed: loading it slows the start of the program.
  const { execa } = await import("execa");
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

/** Parses framecrc output line by line. */
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

  /** The streams that have packets, by their index among the mapped streams. */
  streams(): ReadonlyMap<number, StreamTimes> {
    return new Map(
      [...this.#streams].map(([index, { times, lastShown, lastSec, timed }]) => [
        index,
        { times, endSec: lastShown + lastSec, lastSec, timed },
      ]),
    );
  }
}
