/** Reductions, matrix products and normalisations. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { numberOr } from "../../graph/window.ts";
import type { Tfjs } from "./load.ts";
import { inPlace, integersOf, last, type Op, type OpContext, plain, wrapAxis } from "./op.ts";
import type { Value } from "./value.ts";

type Reduction = (tf: Tfjs, x: Tensor, axes: number[], keep: boolean) => Tensor;

function reducing(compute: Reduction): Op {
  return (c) => {
    const { dims } = c.value(0);
    const axes = (integersOf(c, 1, "axes") ?? [...dims.keys()]).map((axis) =>
      wrapAxis(axis, dims.length),
    );
    if (numberOr(c.node.attributes.keepdims, 1) === 1)
      return inPlace(c, (x, axisOf) => compute(c.tf, x, axes.map(axisOf), true));
    // A full reduction does not depend on the layout.
    if (axes.length === dims.length && c.value(0).isLast)
      return plain(c, compute(c.tf, c.value(0).last, [0, 1, 2, 3], false));
    return plain(c, compute(c.tf, c.value(0).plain, axes, false));
  };
}

/** Apply `compute`, which works along the last axis, along `axis`. */
function alongLast(c: OpContext, compute: (x: Tensor) => Tensor): Value {
  const { dims } = c.value(0);
  const axis = wrapAxis(numberOr(c.node.attributes.axis, -1), dims.length);
  if (dims.length === 4 && axis === 1) return last(c, compute(c.value(0).last));
  const x = c.value(0).plain;
  if (axis === dims.length - 1) return plain(c, compute(x));
  const swap = [...dims.keys()];
  [swap[axis], swap[dims.length - 1]] = [dims.length - 1, axis];
  return plain(c, c.tf.transpose(compute(c.tf.transpose(x, swap)), swap));
}

const matMul: Op = (c) => {
  const { tf } = c;
  const [a, b] = [c.value(0).plain, c.value(1).plain];
  if (a.rank === 2 && b.rank === 2) return plain(c, tf.matMul(a, b));
  const rank = Math.max(a.rank, b.rank);
  const lead = ({ shape }: Tensor): number[] => [
    ...new Array(rank - shape.length).fill(1),
    ...shape.slice(0, -2),
  ];
  const [leadA, leadB] = [lead(a), lead(b)];
  const common = leadA.map((d, i) => Math.max(d, leadB[i]!));
  // Broadcast explicitly: TensorFlow.js computes a wrong gradient for a product that broadcasts.
  const full = (x: Tensor, own: number[]): Tensor => {
    const shaped = tf.reshape(x, [...own, ...x.shape.slice(-2)]);
    return own.join() === common.join()
      ? shaped
      : tf.broadcastTo(shaped, [...common, ...x.shape.slice(-2)]);
  };
  return plain(c, tf.matMul(full(a, leadA), full(b, leadB)));
};

const gemm: Op = (c) => {
  const { tf, node } = c;
  const flag = (name: string): boolean => numberOr(node.attributes[name], 0) === 1;
  const product = tf.matMul(c.value(0).plain, c.value(1).plain, flag("transA"), flag("transB"));
  const alpha = numberOr(node.attributes.alpha, 1);
  const scaled = alpha === 1 ? product : tf.mul(product, alpha);
  if (!c.has(2)) return plain(c, scaled);
  const beta = numberOr(node.attributes.beta, 1);
  return plain(c, tf.add(scaled, beta === 1 ? c.value(2).plain : tf.mul(c.value(2).plain, beta)));
};

const argMax: Op = (c) => {
  const { dims } = c.value(0);
  const axis = wrapAxis(numberOr(c.node.attributes.axis, 0), dims.length);
  const best = c.tf.argMax(c.value(0).plain, axis);
  const keep = numberOr(c.node.attributes.keepdims, 1) === 1;
  return plain(c, keep ? c.tf.expandDims(best, axis) : best);
};

/** x / (bias + alpha/size · Σ x²)^beta over neighbouring channels, the sums as a product with a band matrix. */
const lrn: Op = (c) => {
  const { tf, node } = c;
  const x = c.value(0).last;
  const channels = x.shape[3];
  const attribute = (name: string, fallback: number): number =>
    numberOr(node.attributes[name], fallback);
  const size = attribute("size", 5);
  const below = Math.floor((size - 1) / 2);
  const band = c.memo("band", () => {
    const matrix = new Float32Array(channels * channels);
    for (let out = 0; out < channels; out++)
      for (let from = out - below; from < out - below + size; from++)
        if (from >= 0 && from < channels)
          matrix[from * channels + out] = attribute("alpha", 1e-4) / size;
    return tf.tensor2d(matrix, [channels, channels]);
  });
  const squares = tf.reshape(tf.mul(x, x), [-1, channels]);
  const sums = tf.add(tf.matMul(squares, band), attribute("bias", 1));
  const beta = attribute("beta", 0.75);
  const root = tf.sqrt(sums);
  const power = beta === 0.75 ? tf.mul(root, tf.sqrt(root)) : tf.pow(sums, beta);
  return last(c, tf.div(x, tf.reshape(power, x.shape)));
};

/** One factor and one offset per channel. */
const batchNormalization: Op = (c) => {
  const { tf } = c;
  const numbersOf = (index: number): number[] => [...c.value(index).integers];
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map(numbersOf) as number[][];
  const epsilon = numberOr(c.node.attributes.epsilon, 1e-5);
  const factors = scale!.map((s, i) => s / Math.sqrt(variance![i]! + epsilon));
  const offsets = bias!.map((b, i) => b - mean![i]! * factors[i]!);
  return inPlace(c, (x, axisOf) => {
    const shape = x.shape.map((d, axis) => (axis === axisOf(1) ? d : 1));
    return tf.add(tf.mul(x, tf.tensor(factors, shape)), tf.tensor(offsets, shape));
  });
};

export const reduceOps: Readonly<Record<string, Op>> = {
  ArgMax: argMax,
  BatchNormalization: batchNormalization,
  Gemm: gemm,
  GlobalAveragePool: (c) => {
    const axes = [...c.value(0).dims.keys()].slice(2);
    return inPlace(c, (x, axisOf) => c.tf.mean(x, axes.map(axisOf), true));
  },
  LogSoftmax: (c) => alongLast(c, (x) => c.tf.logSoftmax(x)),
  LRN: lrn,
  MatMul: matMul,
  ReduceMax: reducing((tf, x, axes, keep) => tf.max(x, axes, keep)),
  ReduceMean: reducing((tf, x, axes, keep) => tf.mean(x, axes, keep)),
  ReduceMin: reducing((tf, x, axes, keep) => tf.min(x, axes, keep)),
  ReduceSum: reducing((tf, x, axes, keep) => tf.sum(x, axes, keep)),
  Softmax: (c) => alongLast(c, (x) => c.tf.softmax(x)),
};
