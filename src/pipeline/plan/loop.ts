/** Loops: pre-roll frames before the first frame are kept, and the last frames blend into them. */
import { type Frame, mixFrames } from "../../frame.ts";

interface Frames {
  next(): Promise<Frame | undefined>;
  skip(count: number): Promise<boolean>;
  close(): Promise<void>;
}

/** `preRoll` frames unchanged, then `frames` more, the last `preRoll` of which blend into the first ones. */
export function crossfadeInto<T extends Frames>(side: T, frames: number, preRoll: number): T {
  const before: Frame[] = [];
  let index = -preRoll;
  const next = async (): Promise<Frame | undefined> => {
    const frame = await side.next();
    if (!frame) return undefined;
    const local = index++;
    if (local < 0) before.push(frame);
    const step = local - (frames - preRoll);
    return step < 0 ? frame : mixFrames(frame, before[step]!, (step + 1) / preRoll);
  };
  return {
    ...side,
    close: () => side.close(),
    next,
    // The first frames are wanted at the end.
    async skip(count) {
      for (let i = 0; i < count; i++) if (!(await next())) return false;
      return true;
    },
  };
}

/**
 * Blends dreamed frames into the pre-roll: a little more each frame, so that the dream can combine the two, and fully
 * at the last frame. The frame after the last is then the frame after the pre-roll.
 */
export class LoopSeam {
  readonly #frames: number;
  readonly #preRoll: number;
  readonly #before: Frame[] = [];

  constructor(frames: number, preRoll: number) {
    this.#frames = frames;
    this.#preRoll = preRoll;
  }

  /** Whether a frame is in the pre-roll: those are negative. */
  needs(frame: number): boolean {
    return frame < 0 && frame >= -this.#preRoll;
  }

  /** Store a frame, if it is in the pre-roll. */
  remember(output: Frame, frame: number): void {
    if (this.needs(frame)) this.#before[frame + this.#preRoll] = output;
  }

  /** Blend `output` at `frame`, counted from the first frame, as much as each of the frames `since` the last one would. */
  pull(output: Frame, frame: number, since: number): Frame {
    const step = frame - (this.#frames - this.#preRoll);
    if (this.#preRoll === 0 || step < 0) return output;
    const before = Math.max(-1, step - since);
    const share = (step - before) / (this.#preRoll - before - 1);
    return mixFrames(output, this.#before[step]!, share);
  }
}
