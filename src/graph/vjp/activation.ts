import { numberOr } from "../window.ts";
import type { VjpRule } from "./context.ts";

/**
 * Relu: pass where the output is positive. HardSigmoid with a huge slope is a 0/1 step in one
 * vectorised pass over floats.
 */
export const relu: VjpRule = ({ b, squared }, node, g) => {
  if (squared(node.outputs[0]!)) return [g];
  const open = b.op("HardSigmoid", [node.outputs[0]!], { alpha: 1e30, beta: 0 }, "open");
  return [b.op("Mul", [g, open], {}, "relu_vjp")];
};

export const leakyRelu: VjpRule = ({ b }, node, g) => {
  const slope = numberOr(node.attributes.alpha, 0.01);
  const positive = b.op("Greater", [node.inputs[0]!, b.scalar(0)]);
  return [b.op("Where", [positive, g, b.op("Mul", [g, b.scalar(slope)])], {}, "leaky_relu_vjp")];
};

/** Sigmoid: g·y·(1 − y). */
export const sigmoid: VjpRule = ({ b }, node, g) => {
  const y = node.outputs[0]!;
  return [b.op("Mul", [g, b.op("Mul", [y, b.op("Sub", [b.scalar(1), y])])], {}, "sigmoid_vjp")];
};

/** Tanh: g·(1 − y²). */
export const tanh: VjpRule = ({ b }, node, g) => {
  const y = node.outputs[0]!;
  return [b.op("Mul", [g, b.op("Sub", [b.scalar(1), b.op("Mul", [y, y])])], {}, "tanh_vjp")];
};

/** Clip: pass where nothing was clipped. */
export const clip: VjpRule = ({ b }, node, g) => {
  const inside = b.op("Equal", [node.inputs[0]!, node.outputs[0]!]);
  return [b.op("Where", [inside, g, b.scalar(0)], {}, "clip_vjp")];
};

/** LogSoftmax along its axis: g − exp(y)·Σ g. */
export const logSoftmax: VjpRule = ({ b }, node, g) => {
  const axis = numberOr(node.attributes.axis, -1);
  const sum = b.op("ReduceSum", [g, b.ints(axis)], { keepdims: 1 });
  const share = b.op("Mul", [b.op("Exp", [node.outputs[0]!]), sum]);
  return [b.op("Sub", [g, share], {}, "log_softmax_vjp")];
};

/** Softmax along its axis: y·(g − Σ g·y). */
export const softmax: VjpRule = ({ b }, node, g) => {
  const y = node.outputs[0]!;
  const axis = numberOr(node.attributes.axis, -1);
  const inner = b.op("ReduceSum", [b.op("Mul", [g, y]), b.ints(axis)], { keepdims: 1 });
  return [b.op("Mul", [y, b.op("Sub", [g, inner])], {}, "softmax_vjp")];
};
