import { createFrame, type Frame } from "../frame.ts";
import { fromOklab, toOklab } from "./oklab.ts";

/** Mean and spread of each OKLab channel: lightness, green–red, blue–yellow. */
export interface ColorStatistics {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/** Pixels measured at a time: a whole large picture in another space would take as much again. */
const chunk = 1 << 14;

/** Measure a frame's colours. */
export function measureColor(frame: Frame): ColorStatistics {
  const area = frame.width * frame.height;
  const sums = new Sums();
  for (let from = 0; from < area; from += chunk) {
    const lab = new Float32Array(3 * Math.min(chunk, area - from));
    toOklab(frame, lab, from);
    sums.add(lab);
  }
  return sums.statistics(area);
}

/**
 * Hold `frame` to the mean and spread of `target` (Reinhard et al. 2001, in OKLab) and scale its chroma by
 * `saturation`. Without a target and at saturation 1 the frame itself is returned.
 */
export function gradeColor(
  frame: Frame,
  target: ColorStatistics | undefined,
  saturation: number,
): Frame {
  if (!target && saturation === 1) return frame;
  const { height, width } = frame;
  const graded = createFrame(height, width);
  toOklab(frame, graded.data);
  const chroma = [1, saturation, saturation];
  if (!target) fromOklab(graded.data, chroma, [0, 0, 0]);
  else {
    const sums = new Sums();
    sums.add(graded.data);
    const { mean, spread } = sums.statistics(height * width);
    const gain = chroma.map((s, c) => (s * target.spread[c]!) / Math.max(spread[c]!, 1e-4));
    const offset = chroma.map((s, c) => s * target.mean[c]! - mean[c]! * gain[c]!);
    fromOklab(graded.data, gain, offset);
  }
  return graded;
}

/** Sums of three planes and of their squares. */
class Sums {
  readonly #sum = [0, 0, 0];
  readonly #squares = [0, 0, 0];

  add(planes: Float32Array): void {
    const count = planes.length / 3;
    for (let c = 0; c < 3; c++) {
      let [sum, squares] = [0, 0];
      for (let i = c * count; i < (c + 1) * count; i++) {
        const v = planes[i]!;
        sum += v;
        squares += v * v;
      }
      this.#sum[c]! += sum;
      this.#squares[c]! += squares;
    }
  }

  statistics(count: number): ColorStatistics {
    const mean = this.#sum.map((sum) => sum / count);
    const spread = this.#squares.map((square, c) =>
      Math.sqrt(Math.max(0, square / count - mean[c]! ** 2)),
    );
    return { mean, spread };
  }
}
