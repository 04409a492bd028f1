import { DreamError } from "../../errors.ts";
import { floatTensor } from "../graph.ts";
import { addLrnPower, addLrnSum, band, lrnAttributes } from "../lrn.ts";
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

/** LRN, as in `lrn.ts`: dx = g·S^−β − 2αβ/n·x·Σ g·y/S. The sum is over the channels whose windows hold this one. */
export const lrn: VjpRule = ({ b, shape }, node, g) => {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const channels = shape(x)[1]!;
  const attributes = lrnAttributes(node);
  const { size, alpha, beta, below, above } = attributes;
  const s = addLrnSum(b, x, channels, attributes);
  const direct = b.op("Div", [g, addLrnPower(b, s, beta)]);
  const adjoint = b.constant(
    band(channels, above, below, (2 * alpha * beta) / size),
    "window_adjoint",
  );
  const inner = b.op("Conv", [b.op("Div", [b.op("Mul", [g, y]), s]), adjoint], {
    kernel_shape: [1, 1],
  });
  return [b.op("Sub", [direct, b.op("Mul", [x, inner])], {}, "lrn_vjp")];
};
