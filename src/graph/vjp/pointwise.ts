/** Element-wise functions of one value: g times the derivative, expressed through the output where that is cheaper. */
import { numberOr } from "../window.ts";
import { unbroadcast, type VjpRule } from "./context.ts";

export const neg: VjpRule = ({ b }, _, g) => [b.op("Neg", [g])];

export const abs: VjpRule = ({ b }, node, g) => [
  b.op("Mul", [g, b.op("Sign", [node.inputs[0]!])], {}, "abs_vjp"),
];

export const exp: VjpRule = ({ b }, node, g) => [b.op("Mul", [g, node.outputs[0]!], {}, "exp_vjp")];

export const log: VjpRule = ({ b }, node, g) => [b.op("Div", [g, node.inputs[0]!], {}, "log_vjp")];

/** Sqrt: g / (2y). */
export const sqrt: VjpRule = ({ b }, node, g) => {
  const half = b.op("Mul", [g, b.scalar(0.5)]);
  return [b.op("Div", [half, node.outputs[0]!], {}, "sqrt_vjp")];
};

/** Reciprocal: −g·y². */
export const reciprocal: VjpRule = ({ b }, node, g) => {
  const y = node.outputs[0]!;
  return [b.op("Neg", [b.op("Mul", [g, b.op("Mul", [y, y])])], {}, "reciprocal_vjp")];
};

/** Erf: g·2/√π·exp(−x²). */
export const erf: VjpRule = ({ b }, node, g) => {
  const x = node.inputs[0]!;
  const bell = b.op("Exp", [b.op("Neg", [b.op("Mul", [x, x])])]);
  const scaled = b.op("Mul", [bell, b.scalar(2 / Math.sqrt(Math.PI))]);
  return [b.op("Mul", [g, scaled], {}, "erf_vjp")];
};

/** HardSigmoid clip(αx + β, 0, 1): α where it is not clipped. */
export const hardSigmoid: VjpRule = ({ b }, node, g) => {
  const y = node.outputs[0]!;
  const alpha = numberOr(node.attributes.alpha, 0.2);
  const inside = b.op("And", [b.op("Greater", [y, b.scalar(0)]), b.op("Less", [y, b.scalar(1)])]);
  const slope = b.op("Mul", [g, b.scalar(alpha)]);
  return [b.op("Where", [inside, slope, b.scalar(0)], {}, "hard_sigmoid_vjp")];
};

/** Elu: 1 above zero, y + α below. */
export const elu: VjpRule = ({ b }, node, g) => {
  const alpha = numberOr(node.attributes.alpha, 1);
  const below = b.op("Mul", [g, b.op("Add", [node.outputs[0]!, b.scalar(alpha)])]);
  const positive = b.op("Greater", [node.inputs[0]!, b.scalar(0)]);
  return [b.op("Where", [positive, g, below], {}, "elu_vjp")];
};

/** Selu: γ above zero, y + γα below. */
export const selu: VjpRule = ({ b }, node, g) => {
  const alpha = numberOr(node.attributes.alpha, 1.6732632);
  const gamma = numberOr(node.attributes.gamma, 1.050701);
  const below = b.op("Mul", [g, b.op("Add", [node.outputs[0]!, b.scalar(gamma * alpha)])]);
  const positive = b.op("Greater", [node.inputs[0]!, b.scalar(0)]);
  const above = b.op("Mul", [g, b.scalar(gamma)]);
  return [b.op("Where", [positive, above, below], {}, "selu_vjp")];
};

/** Softplus ln(1 + eˣ): the sigmoid. */
export const softplus: VjpRule = ({ b }, node, g) => [
  b.op("Mul", [g, b.op("Sigmoid", [node.inputs[0]!])], {}, "softplus_vjp"),
];

/** PRelu: the slope below zero. The slope itself is a weight. */
export const pRelu: VjpRule = ({ b }, node, g) => {
  const positive = b.op("Greater", [node.inputs[0]!, b.scalar(0)]);
  const below = b.op("Mul", [g, node.inputs[1]!]);
  return [b.op("Where", [positive, g, below], {}, "prelu_vjp")];
};

/** Pow xᵖ: g·p·xᵖ⁻¹; towards the exponent g·y·ln x. */
export const pow: VjpRule = (ctx, node, g, needed) => {
  const { b, shape, constant } = ctx;
  const [x, p] = [node.inputs[0]!, node.inputs[1]!];
  const out = shape(node.outputs[0]!);
  const power = constant(p);
  const known = power?.type === "float32" && power.data.length === 1 ? power.data[0]! : undefined;
  // The exponent 2 must also work for negative x, where a general power is undefined.
  const slope =
    known === 2
      ? b.op("Mul", [x, b.scalar(2)])
      : b.op("Mul", [p, b.op("Pow", [x, b.op("Sub", [p, b.scalar(1)])])]);
  return [
    needed[0] ? unbroadcast(b, b.op("Mul", [g, slope], {}, "pow_vjp"), out, shape(x)) : undefined,
    needed[1]
      ? unbroadcast(
          b,
          b.op("Mul", [g, b.op("Mul", [node.outputs[0]!, b.op("Log", [x])])]),
          out,
          shape(p),
        )
      : undefined,
  ];
};
