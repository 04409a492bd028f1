import type { Frame } from "../frame.ts";
import { fromOklab, toOklab } from "./oklab.ts";

/** Mean and spread of each OKLab channel: lightness, green–red, blue–yellow. */
export interface ColorStatistics {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/** Measure a frame's colours. */
export function measureColor(frame: Frame): ColorStatistics {
  const lab = toOklab(frame);
  const area = frame.width * frame.height;
  const mean: number[] = [];
  const spread: number[] = [];
  for (let c = 0; c < 3; c++) {
    const plane = lab.subarray(c * area, (c + 1) * area);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < area; i++) {
      sum += plane[i]!;
      squares += plane[i]! * plane[i]!;
    }
    mean.push(sum / area);
    spread.push(Math.sqrt(Math.max(0, squares / area - (sum / area) ** 2)));
  }
  return { mean, spread };
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
  const own = target && measureColor(frame);
  const lab = toOklab(frame);
  const area = frame.width * frame.height;
  for (let c = 0; c < 3; c++) {
    const gain =
      (own && target ? target.spread[c]! / Math.max(own.spread[c]!, 1e-4) : 1) *
      (c > 0 ? saturation : 1);
    const offset =
      own && target ? target.mean[c]! * (c > 0 ? saturation : 1) - own.mean[c]! * gain : 0;
    for (let i = c * area; i < (c + 1) * area; i++) lab[i] = lab[i]! * gain + offset;
  }
  return fromOklab(lab, frame.height, frame.width);
}
