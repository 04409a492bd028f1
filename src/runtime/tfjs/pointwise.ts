/** Element-wise ops. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { numberOr } from "../../graph/window.ts";
import type { Tfjs } from "./load.ts";
import { elementwise, type Op, type OpContext, unsupported } from "./op.ts";

type Unary = (tf: Tfjs, x: Tensor, attribute: (name: string, fallback: number) => number) => Tensor;

/** alpha·(eˣ − 1) below zero, x above. */
function elu(tf: Tfjs, x: Tensor, alpha: number): Tensor {
  const below = tf.sub(tf.exp(tf.neg(tf.relu(tf.neg(x)))), 1);
  return tf.add(tf.relu(x), tf.mul(below, alpha));
}

const unary: Readonly<Record<string, Unary>> = {
  Abs: (tf, x) => tf.abs(x),
  Ceil: (tf, x) => tf.ceil(x),
  Elu: (tf, x, attribute) => elu(tf, x, attribute("alpha", 1)),
  Erf: (tf, x) => tf.erf(x),
  Exp: (tf, x) => tf.exp(x),
  Floor: (tf, x) => tf.floor(x),
  HardSigmoid: (tf, x, attribute) =>
    tf.clipByValue(tf.add(tf.mul(x, attribute("alpha", 0.2)), attribute("beta", 0.5)), 0, 1),
  Identity: (tf, x) => tf.clone(x),
  LeakyRelu: (tf, x, attribute) => tf.leakyRelu(x, attribute("alpha", 0.01)),
  Log: (tf, x) => tf.log(x),
  Neg: (tf, x) => tf.neg(x),
  Not: (tf, x) => tf.logicalNot(x),
  Reciprocal: (tf, x) => tf.reciprocal(x),
  Relu: (tf, x) => tf.relu(x),
  Round: (tf, x) => tf.round(x),
  Selu: (tf, x, attribute) =>
    tf.mul(elu(tf, x, attribute("alpha", 1.6732632)), attribute("gamma", 1.050701)),
  Sigmoid: (tf, x) => tf.sigmoid(x),
  Sign: (tf, x) => tf.sign(x),
  Softplus: (tf, x) => tf.softplus(x),
  Sqrt: (tf, x) => tf.sqrt(x),
  Tanh: (tf, x) => tf.tanh(x),
};

type Nary = (tf: Tfjs, inputs: readonly Tensor[]) => Tensor;

const binary = (compute: (tf: Tfjs, a: Tensor, b: Tensor) => Tensor): Nary => {
  return (tf, [first, ...rest]) =>
    rest.length === 0
      ? tf.clone(first!)
      : rest.reduce((sum, next) => compute(tf, sum, next), first!);
};

const nary: Readonly<Record<string, Nary>> = {
  Add: binary((tf, a, b) => tf.add(a, b)),
  And: binary((tf, a, b) => tf.logicalAnd(a, b)),
  Div: binary((tf, a, b) => tf.div(a, b)),
  Equal: binary((tf, a, b) => tf.equal(a, b)),
  Greater: binary((tf, a, b) => tf.greater(a, b)),
  GreaterOrEqual: binary((tf, a, b) => tf.greaterEqual(a, b)),
  Less: binary((tf, a, b) => tf.less(a, b)),
  LessOrEqual: binary((tf, a, b) => tf.lessEqual(a, b)),
  Max: binary((tf, a, b) => tf.maximum(a, b)),
  Min: binary((tf, a, b) => tf.minimum(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  Or: binary((tf, a, b) => tf.logicalOr(a, b)),
  Pow: binary((tf, a, b) => tf.pow(a, b)),
  PRelu: (tf, [x, slope]) => tf.sub(tf.relu(x!), tf.mul(slope!, tf.relu(tf.neg(x!)))),
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Sum: binary((tf, a, b) => tf.add(a, b)),
  Where: (tf, [condition, a, b]) => tf.where(condition!, a!, b!),
};

/** The value of an optional scalar input. */
function bound(c: OpContext, index: number, attribute: string, fallback: number): number {
  return c.has(index) ? c.value(index).data[0]! : numberOr(c.node.attributes[attribute], fallback);
}

/** ONNX numbers of the element types that this engine supports. */
const castTypes: Readonly<Record<number, "float32" | "int32" | "bool">> = {
  1: "float32",
  6: "int32",
  7: "int32",
  9: "bool",
};

/** Apply `compute` to the first input element by element. */
function mapFirst(c: OpContext, compute: (x: Tensor) => Tensor): ReturnType<typeof elementwise> {
  const { node } = c;
  return elementwise({ ...c, node: { ...node, inputs: node.inputs.slice(0, 1) } }, ([x]) =>
    compute(x!),
  );
}

export const pointwiseOps: Readonly<Record<string, Op>> = {
  ...Object.fromEntries(
    Object.entries(unary).map(([name, compute]): [string, Op] => [
      name,
      (c) =>
        mapFirst(c, (x) =>
          compute(c.tf, x, (attribute, fallback) =>
            numberOr(c.node.attributes[attribute], fallback),
          ),
        ),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(nary).map(([name, compute]): [string, Op] => [
      name,
      (c) => elementwise(c, (tensors) => compute(c.tf, tensors)),
    ]),
  ),
  Cast: (c) => {
    const type = castTypes[numberOr(c.node.attributes.to, 1)];
    if (!type) throw unsupported(c.node, `to element type ${c.node.attributes.to}`);
    return mapFirst(c, (x) => c.tf.cast(x, type));
  },
  Clip: (c) => {
    const low = bound(c, 1, "min", Number.NEGATIVE_INFINITY);
    const high = bound(c, 2, "max", Number.POSITIVE_INFINITY);
    return mapFirst(c, (x) => c.tf.clipByValue(x, low, high));
  },
  Dropout: (c) => mapFirst(c, (x) => c.tf.clone(x)),
};
