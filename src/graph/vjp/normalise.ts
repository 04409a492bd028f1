import { DreamError } from "../../errors.ts";
import type { GraphBuilder } from "../builder.ts";
import { floatTensor } from "../graph.ts";
import { numberOr } from "../window.ts";
import type { VjpRule } from "./context.ts";

/** Inference-time BatchNormalization: a constant factor per channel. */
export const batchNormalization: VjpRule = (ctx, node, g) => {
  const scale = ctx.constant(node.inputs[1]);
  const variance = ctx.constant(node.inputs[4]);
  if (scale?.type !== "float32" || variance?.type !== "float32") {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `BatchNormalization "${node.name}" without constant statistics cannot be differentiated`,
    );
  }
  const epsilon = numberOr(node.attributes.epsilon, 1e-5);
  const rank = ctx.shape(node.inputs[0]!).length;
  const factors = scale.data.map((s, c) => s / Math.sqrt(variance.data[c]! + epsilon));
  const dims = Array.from({ length: rank }, (_, i) => (i === 1 ? factors.length : 1));
  return [
    ctx.b.op(
      "Mul",
      [g, ctx.b.constant(floatTensor(dims, factors), "norm_factor")],
      {},
      "batch_norm_vjp",
    ),
  ];
};

/**
 * LRN y = x·S^−β with S = k + α/n·Σ x² over neighbouring channels:
 * dx = g·S^−β − 2αβ/n·x·Σ g·y/S. The sums over channels are 1×1 convolutions with a band matrix.
 * Source: Krizhevsky et al. 2012, as specified by ONNX.
 */
export const lrn: VjpRule = ({ b, shape }, node, g) => {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const channels = shape(x)[1]!;
  const size = numberOr(node.attributes.size, 5);
  const alpha = numberOr(node.attributes.alpha, 1e-4);
  const beta = numberOr(node.attributes.beta, 0.75);
  const bias = numberOr(node.attributes.bias, 1);
  const below = Math.floor((size - 1) / 2);
  const above = size - 1 - below;
  const window = b.constant(band(channels, below, above, alpha / size), "window");
  const adjoint = b.constant(
    band(channels, above, below, (2 * alpha * beta) / size),
    "window_adjoint",
  );
  const offset = b.constant(floatTensor([channels], new Array(channels).fill(bias)), "bias");
  const s = b.op(
    "Conv",
    [b.op("Mul", [x, x]), window, offset],
    { kernel_shape: [1, 1] },
    "lrn_sum",
  );
  const direct = b.op("Div", [g, power(b, s, beta)]);
  const inner = b.op("Conv", [b.op("Div", [b.op("Mul", [g, y]), s]), adjoint], {
    kernel_shape: [1, 1],
  });
  return [b.op("Sub", [direct, b.op("Mul", [x, inner])], {}, "lrn_vjp")];
};

/** s^β; β = ¾, the usual value, by square roots, which are much faster than a general power. */
function power(b: GraphBuilder, s: string, beta: number): string {
  if (beta !== 0.75) return b.op("Pow", [s, b.scalar(beta)]);
  const root = b.op("Sqrt", [s]);
  return b.op("Mul", [root, b.op("Sqrt", [root])]);
}

function band(
  channels: number,
  below: number,
  above: number,
  value: number,
): ReturnType<typeof floatTensor> {
  const matrix = floatTensor([channels, channels, 1, 1]);
  for (let out = 0; out < channels; out++) {
    for (let c = Math.max(0, out - below); c <= Math.min(channels - 1, out + above); c++)
      matrix.data[out * channels + c] = value;
  }
  return matrix;
}
