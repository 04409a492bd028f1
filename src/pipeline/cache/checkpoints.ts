import { readFile } from "node:fs/promises";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import type { Frame } from "../../frame.ts";
import type { Size } from "../../image/image.ts";
import { type Rational, toNumber } from "../../video/rational.ts";
import type { ShotPlan } from "../plan/plan.ts";
import type { CacheFolder } from "./cache-folder.ts";

/** Of the latest pictures, how many are kept whatever their number: finished frames are written a little later. */
const latest = 6;

export interface CheckpointOptions {
  /** Number of the shot in the film. */
  readonly shot: number;
  readonly size: Size;
  readonly fps: Rational;
  readonly keyOf: (frame: number) => string;
  /** Frames that are kept for good, beside those of every render. */
  readonly lasting?: (frame: number) => boolean;
}

/** One in so many is kept for good: a change later in the scene goes on from the last one before it. */
function spacing(fps: Rational): number {
  return Math.max(1, Math.round(toNumber(fps)));
}

/** Pictures that are kept of a shot at most, `more` of them beside those of every render. */
export function lastingCheckpoints(
  { frames, preRoll, warmUp }: ShotPlan,
  fps: Rational,
  more = 0,
): number {
  return Math.min(frames, Math.floor(frames / spacing(fps)) + latest + more) + preRoll + warmUp;
}

/**
 * What one frame of a shot hands to the next, float32 planar RGB, exactly as it was: what a render goes on from. The
 * latest are kept, one a second, and those that a loop turns into.
 */
export class Checkpoints {
  readonly #folder: CacheFolder;
  readonly #options: CheckpointOptions;
  readonly #recent: number[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: CacheFolder, options: CheckpointOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  has(frame: number): boolean {
    return this.#folder.has(this.#name(frame));
  }

  /** Which of the first `frames` a file was carried from, where it is made from what it would be made from now. */
  frameOf(name: string, frames: number): number | undefined {
    const [, shot, sign = "", digits = ""] = /^state-(\d+)-(n?)(\d+)/.exec(name) ?? [];
    if (Number(shot) !== this.#options.shot) return undefined;
    const frame = sign ? -Number(digits) : Number(digits);
    return frame < frames && name === this.#name(frame) ? frame : undefined;
  }

  /** Throws `OUTPUT_BROKEN` where the file is damaged, and removes it. */
  async load(frame: number): Promise<Frame> {
    const { height, width } = this.#options.size;
    const name = this.#name(frame);
    const file = this.#folder.locate(name);
    const bytes = await readFile(file);
    if (bytes.length !== 12 * height * width) {
      await this.#folder.remove(name);
      throw new DreamError("OUTPUT_BROKEN", `the picture carried from frame ${frame} is damaged`, {
        where: file,
        hint: "It has been removed. Run the same command again.",
      });
    }
    // Aligned to four bytes, which a slice of a pool may not be.
    const data = new Float32Array(3 * height * width);
    Buffer.from(data.buffer).set(bytes);
    return { data, height, width };
  }

  /** Write behind the dreaming, one at a time. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE` where the last one failed. */
  async save(frame: number, picture: Frame): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(frame, picture);
    // Met by the next save.
    this.#writing.catch(() => {});
  }

  /** Wait for what is being written. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async #write(frame: number, { data }: Frame): Promise<void> {
    const name = this.#name(frame);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeAtomically(bytes, this.#folder.locate(name));
    this.#folder.added(name);
    this.#recent.push(frame);
    const old = this.#recent.length > latest ? this.#recent.shift() : undefined;
    if (old !== undefined && !this.#isLasting(old)) await this.#folder.remove(this.#name(old));
  }

  #isLasting(frame: number): boolean {
    const { fps, lasting } = this.#options;
    return frame < 0 || (frame + 1) % spacing(fps) === 0 || lasting?.(frame) === true;
  }

  #name(frame: number): string {
    const { shot, keyOf } = this.#options;
    const number = `${frame < 0 ? "n" : ""}${String(Math.abs(frame)).padStart(6, "0")}`;
    return `state-${shot}-${number}.${keyOf(frame)}.f32`;
  }
}
