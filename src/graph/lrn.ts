/**
 * Local response normalisation y = x·S^−β with S = k + α/n·Σ x² over n neighbouring channels, in parts that its gradient
 * uses again. Sums over channels are 1×1 convolutions with a band matrix. Source: Krizhevsky et al. 2012, as specified by
 * ONNX.
 */
import type { GraphBuilder } from "./builder.ts";
import { type FloatTensor, floatTensor, type Node } from "./graph.ts";
import { numberOr } from "./window.ts";

/** The attributes of an LRN node. */
export interface LrnAttributes {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
  /** Channels of the window before and after its own. */
  readonly below: number;
  readonly above: number;
}

export function lrnAttributes({ attributes }: Node): LrnAttributes {
  const size = numberOr(attributes.size, 5);
  const below = Math.floor((size - 1) / 2);
  return {
    size,
    alpha: numberOr(attributes.alpha, 1e-4),
    beta: numberOr(attributes.beta, 0.75),
    bias: numberOr(attributes.bias, 1),
    below,
    above: size - 1 - below,
  };
}

/** S, of the shape of `x` `[N, channels, …]`. */
export function addLrnSum(
  b: GraphBuilder,
  x: string,
  channels: number,
  { size, alpha, bias, below, above }: LrnAttributes,
): string {
  const window = b.constant(band(channels, below, above, alpha / size), "window");
  const offset = b.constant(floatTensor([channels], new Array(channels).fill(bias)), "bias");
  return b.op("Conv", [b.op("Mul", [x, x]), window, offset], { kernel_shape: [1, 1] }, "lrn_sum");
}

/** S^β; β = ¾, the usual value, by square roots, which are much faster than a general power. */
export function addLrnPower(b: GraphBuilder, s: string, beta: number): string {
  if (beta !== 0.75) return b.op("Pow", [s, b.scalar(beta)]);
  const root = b.op("Sqrt", [s]);
  return b.op("Mul", [root, b.op("Sqrt", [root])]);
}

/** The kernel `[channels, channels, 1, 1]` that sums each channel with those `below` and `above` it, times `value`. */
export function band(channels: number, below: number, above: number, value: number): FloatTensor {
  const matrix = floatTensor([channels, channels, 1, 1]);
  for (let out = 0; out < channels; out++) {
    for (let c = Math.max(0, out - below); c <= Math.min(channels - 1, out + above); c++)
      matrix.data[out * channels + c] = value;
  }
  return matrix;
}
