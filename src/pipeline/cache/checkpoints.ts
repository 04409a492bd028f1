import { readFile } from "node:fs/promises";
import { DreamError } from "../../errors.ts";
import type { Frame } from "../../frame.ts";
import type { Size } from "../../image/image.ts";
import { type Rational, toNumber } from "../../video/rational.ts";
import type { ShotPlan } from "../plan/shot-plan.ts";
import type { CacheFolder } from "./cache-folder.ts";
import type { KnownCuts } from "./known-cuts.ts";

/** Number of latest checkpoints that are always kept: finished frames are written a little later. */
const latest = 6;

/** Name of the file of a checkpoint. */
export function stateName(shot: number, frame: number, key: string): string {
  const number = `${frame < 0 ? "n" : ""}${String(Math.abs(frame)).padStart(6, "0")}`;
  return `state-${shot}-${number}.${key}.f32`;
}

export interface CheckpointOptions {
  /** Number of the shot. */
  readonly shot: number;
  readonly size: Size;
  readonly fps: Rational;
  /** Frames from one dreamed frame to the next. */
  readonly cadence: number;
  readonly keyOf: (frame: number) => string;
  /** Where the shot's source cuts; the stretches of a shot share it. */
  readonly cuts: KnownCuts;
  /** Frames whose checkpoints are kept permanently, in addition to the regular ones. */
  readonly lasting?: (frame: number) => boolean;
}

/** Interval of permanent checkpoints, frames: after an edit, a render continues from the last one before it. */
function spacing(fps: Rational): number {
  return Math.max(1, Math.round(toNumber(fps)));
}

/** Most checkpoints of a shot, `more` of them in addition to the regular ones. */
export function lastingCheckpoints(
  { start, frames: end, preRoll, warmUp }: ShotPlan,
  fps: Rational,
  more = 0,
): number {
  const frames = end - start;
  return Math.min(frames, Math.floor(frames / spacing(fps)) + latest + more) + preRoll + warmUp;
}

/**
 * The pictures that a shot's frames pass to the next, float32 planar RGB without loss; a render resumes from them.
 * The cache keeps the latest, one per second, and those that a loop needs.
 */
export class Checkpoints {
  readonly cuts: KnownCuts;
  readonly #folder: CacheFolder;
  readonly #options: CheckpointOptions;
  readonly #recent: number[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: CacheFolder, options: CheckpointOptions) {
    this.#folder = folder;
    this.#options = options;
    this.cuts = options.cuts;
  }

  has(frame: number): boolean {
    return this.#folder.has(this.#name(frame));
  }

  /** The frame, among the first `frames`, whose checkpoint a file contains, if its key is current. */
  frameOf(name: string, frames: number): number | undefined {
    if (name === this.cuts.name) return 0;
    const [, shot, sign = "", digits = ""] = /^state-(\d+)-(n?)(\d+)/.exec(name) ?? [];
    if (Number(shot) !== this.#options.shot) return undefined;
    const frame = sign ? -Number(digits) : Number(digits);
    return frame < frames && name === this.#name(frame) ? frame : undefined;
  }

  /** Load a checkpoint. Throws `OUTPUT_BROKEN` if the file is damaged, and removes it. */
  async load(frame: number): Promise<Frame> {
    const { height, width } = this.#options.size;
    const name = this.#name(frame);
    const file = this.#folder.locate(name);
    const bytes = await readFile(file).catch((cause: unknown) => cause);
    if (!(bytes instanceof Buffer) || bytes.length !== 12 * height * width) {
      await this.#folder.remove(name);
      throw new DreamError("OUTPUT_BROKEN", `the checkpoint of frame ${frame} is damaged`, {
        where: file,
        hint: "It has been removed. Run the same command again.",
        cause: bytes instanceof Buffer ? undefined : bytes,
      });
    }
    // Aligned to four bytes; a slice of a pool may not be.
    const data = new Float32Array(3 * height * width);
    Buffer.from(data.buffer).set(bytes);
    return { data, height, width };
  }

  /**
   * Write in the background, one file at a time. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE` if the previous write
   * failed.
   */
  async save(frame: number, picture: Frame): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(frame, picture);
    // The next `save` throws it.
    this.#writing.catch(() => {});
  }

  /** Wait for the current write. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async #write(frame: number, { data }: Frame): Promise<void> {
    const name = this.#name(frame);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await this.#folder.write(name, bytes);
    this.#recent.push(frame);
    const old = this.#recent.length > latest ? this.#recent.shift() : undefined;
    if (old !== undefined && !this.isLasting(old) && !this.#isRegular(old))
      await this.#folder.remove(this.#name(old));
  }

  /** Whether a frame that is carried between dreamed ones has a checkpoint, which is kept permanently. */
  isLasting(frame: number): boolean {
    return frame < 0 || this.#options.lasting?.(frame) === true;
  }

  /** Whether the checkpoint of a dreamed frame is one of the regular ones. */
  #isRegular(frame: number): boolean {
    const { fps, cadence } = this.#options;
    const second = (at: number): number => Math.floor((at + 1) / spacing(fps));
    return second(frame) !== second(frame - cadence);
  }

  #name(frame: number): string {
    const { shot, keyOf } = this.#options;
    return stateName(shot, frame, keyOf(frame));
  }
}
