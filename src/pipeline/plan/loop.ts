/** Loops: the frames before the first are kept, and the last ones turn into them. */
import { type Frame, mixFrames } from "../../frame.ts";

interface Frames {
  next(): Promise<Frame | undefined>;
  close(): Promise<void>;
}

/** `lead` frames as they are, then `frames` more, the last `lead` of which turn into the first ones. */
export function crossfadeInto<T extends Frames>(side: T, frames: number, preRoll: number): T {
  const before: Frame[] = [];
  let index = -preRoll;
  return {
    ...side,
    close: () => side.close(),
    async next() {
      const frame = await side.next();
      if (!frame) return undefined;
      const local = index++;
      if (local < 0) before.push(frame);
      const step = local - (frames - preRoll);
      return step < 0 ? frame : mixFrames(frame, before[step]!, (step + 1) / preRoll);
    },
  };
}

/**
 * Pulls what is dreamed towards the frames before the first: a little more each frame, so that the dream can make one
 * picture of the two, and all the way at the last. What comes after the last is then what came after those.
 */
export class LoopSeam {
  readonly #frames: number;
  readonly #preRoll: number;
  readonly #before: Frame[] = [];

  constructor(frames: number, preRoll: number) {
    this.#frames = frames;
    this.#preRoll = preRoll;
  }

  /** Take in the next of the frames before the first. */
  remember(output: Frame): void {
    this.#before.push(output);
  }

  /** `output` at `frame`, counted from the first; those before it are negative. */
  pull(output: Frame, frame: number): Frame {
    if (frame < 0 && frame >= -this.#preRoll) this.remember(output);
    const step = frame - (this.#frames - this.#preRoll);
    if (this.#preRoll === 0 || step < 0) return output;
    return mixFrames(output, this.#before[step]!, 1 / (this.#preRoll - step));
  }
}
