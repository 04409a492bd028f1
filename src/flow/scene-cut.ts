import { createFrame, type Frame } from "../frame.ts";
import type { FlowField } from "./flow-field.ts";
import type { FlowEstimator } from "./optical-flow.ts";

/** Increase this when the detector finds other cuts than before, so that cached cuts are not reused. */
export const cutsVersion = 1;

/** Long side of the pictures that are compared, px. */
const longSide = 96;
/** Correlation after motion compensation below which two pictures belong to different shots. */
const minCorrelation = 0.45;
/** Standard deviation of fine detail below which a picture is blank. */
const blank = 0.012;
/** Brightness, 0..1, from which a pixel is overexposed and ignored. */
const burnt = 0.97;
/** Number of earlier pictures to compare with. A slow cross-fade differs only from pictures before it. */
const remembered = 24;
/** Minimum share of an earlier picture that must still be visible for a comparison. */
const inView = 0.4;

/** An earlier picture, warped along the flow to the current picture. */
interface Memory {
  /** Number of the earlier picture, from 1. */
  readonly number: number;
  readonly detail: Float32Array;
  /** Share of each pixel that is known, 0..1. */
  readonly valid: Float32Array;
}

/**
 * Detects hard cuts in a clip, and fades at the picture where the new shot dominates. The last 24 pictures are warped
 * along the flow and compared with the current one by the correlation of fine detail, which neither a pan nor a change of
 * light affects. Blank pictures are skipped, so a flash is not a cut, but a fade through black is.
 */
export class SceneCutDetector {
  readonly #estimator: FlowEstimator;
  #last: Frame | undefined;
  #memories: Memory[] = [];
  #seen = 0;

  constructor(estimator: FlowEstimator) {
    this.#estimator = estimator;
  }

  /** The number of the last pictures that another detector needs in order to find the same cuts from here on. */
  get span(): number {
    const oldest = this.#memories[0];
    return oldest ? this.#seen - oldest.number + 1 : 0;
  }

  /** Whether `frame`, the next of the clip, starts a new shot. */
  async next(frame: Frame): Promise<boolean> {
    this.#seen++;
    const thumb = shrink(frame, longSide);
    const light = brightness(thumb);
    const detail = fineDetail(light, thumb.height, thumb.width);
    const open = light.map((v) => (v < burnt ? 1 : 0));
    if (spread(detail) < blank || mean(open) < inView) return false;
    const last = this.#last;
    this.#last = thumb;
    if (last) {
      const { backward } = await this.#estimator.estimate(last, thumb);
      this.#memories = this.#memories.map((memory) => follow(memory, backward));
      const cut = this.#memories.some((memory) => !related(memory, detail, open));
      if (cut) this.#memories = [];
      this.#remember(detail, open);
      return cut;
    }
    this.#remember(detail, open);
    return false;
  }

  #remember(detail: Float32Array, valid: Float32Array): void {
    this.#memories.push({ detail, valid, number: this.#seen });
    if (this.#memories.length > remembered) this.#memories.shift();
  }
}

function related({ detail, valid }: Memory, now: Float32Array, open: Float32Array): boolean {
  let [xy, xx, yy, seen] = [0, 0, 0, 0];
  for (let i = 0; i < now.length; i++) {
    const w = valid[i]! * open[i]!;
    xy += w * detail[i]! * now[i]!;
    xx += w * detail[i]! ** 2;
    yy += w * now[i]! ** 2;
    seen += w;
  }
  if (seen < inView * now.length) return true;
  return xy >= minCorrelation * Math.sqrt(xx * yy);
}

/** Warp a memory by one frame along `backward`. Pixels from outside the picture become invalid. */
function follow({ detail, valid, number }: Memory, { data, height, width }: FlowField): Memory {
  const area = height * width;
  const next = { detail: new Float32Array(area), valid: new Float32Array(area), number };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [sx, sy] = [x + data[i]!, y + data[i + area]!];
      if (!(sx >= 0 && sy >= 0 && sx <= width - 1 && sy <= height - 1)) continue;
      const [x0, y0] = [Math.min(width - 2, Math.floor(sx)), Math.min(height - 2, Math.floor(sy))];
      const [fx, fy] = [sx - x0, sy - y0];
      const j = Math.max(0, y0) * width + Math.max(0, x0);
      const at = (plane: Float32Array): number =>
        (plane[j]! * (1 - fx) + (plane[j + 1] ?? 0) * fx) * (1 - fy) +
        ((plane[j + width] ?? 0) * (1 - fx) + (plane[j + width + 1] ?? 0) * fx) * fy;
      next.detail[i] = at(detail);
      next.valid[i] = at(valid);
    }
  }
  return next;
}

/** Reduce a frame to a long side of `side` px by box averages. */
function shrink(frame: Frame, side: number): Frame {
  const scale = Math.min(1, side / Math.max(frame.height, frame.width));
  const [h, w] = [frame.height, frame.width].map((n) => Math.max(2, Math.round(n * scale))) as [
    number,
    number,
  ];
  const small = createFrame(h, w);
  for (let c = 0; c < 3; c++) {
    const plane = frame.data.subarray(c * frame.height * frame.width);
    for (let y = 0; y < h; y++) {
      const [top, bottom] = box(y, h, frame.height);
      for (let x = 0; x < w; x++) {
        const [left, right] = box(x, w, frame.width);
        let sum = 0;
        for (let j = top; j < bottom; j++)
          for (let i = left; i < right; i++) sum += plane[j * frame.width + i]!;
        small.data[(c * h + y) * w + x] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return small;
}

function box(i: number, count: number, length: number): [number, number] {
  const from = Math.min(length - 1, Math.floor((i * length) / count));
  return [from, Math.max(from + 1, Math.floor(((i + 1) * length) / count))];
}

function brightness({ data, height, width }: Frame): Float32Array {
  const area = height * width;
  const light = new Float32Array(area);
  for (let i = 0; i < area; i++)
    light[i] = 0.299 * data[i]! + 0.587 * data[i + area]! + 0.114 * data[i + 2 * area]!;
  return light;
}

/** Brightness minus its mean over 11 × 11 px. */
function fineDetail(light: Float32Array, height: number, width: number): Float32Array {
  const smooth = boxMean(boxMean(light, height, width, 1, width), width, height, width, 1);
  return light.map((v, i) => v - smooth[i]!);
}

/** Running mean over 11 values with distance `step`, in `lines` lines of `length` values with distance `stride`. */
function boxMean(
  values: Float32Array,
  lines: number,
  length: number,
  step: number,
  stride: number,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      const [from, to] = [Math.max(0, i - 5), Math.min(length - 1, i + 5)];
      let sum = 0;
      for (let j = from; j <= to; j++) sum += values[line * stride + j * step]!;
      out[line * stride + i * step] = sum / (to - from + 1);
    }
  }
  return out;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function spread(values: Float32Array): number {
  let sum = 0;
  for (const v of values) sum += v * v;
  return Math.sqrt(sum / values.length);
}
