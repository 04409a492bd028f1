import { clip, leakyRelu, relu, sigmoid, softmax, tanh } from "./activation.ts";
import { div, mul, sub, sum } from "./arithmetic.ts";
import { averagePool, globalAveragePool } from "./average-pool.ts";
import type { VjpRule } from "./context.ts";
import { conv, convTranspose } from "./convolution.ts";
import { gemm, matMul } from "./linear.ts";
import { maxPool } from "./max-pool.ts";
import { batchNormalization, lrn } from "./normalise.ts";
import {
  cast,
  concat,
  padding,
  passThrough,
  reduction,
  restoreShape,
  slicing,
  transpose,
} from "./shape.ts";

/** Every op we can differentiate. */
export const vjpRules: Readonly<Record<string, VjpRule>> = {
  Add: sum,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: div,
  Dropout: passThrough,
  Flatten: restoreShape,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  Identity: passThrough,
  LRN: lrn,
  LeakyRelu: leakyRelu,
  MatMul: matMul,
  MaxPool: maxPool,
  Mul: mul,
  Pad: padding,
  ReduceMean: reduction,
  ReduceSum: reduction,
  Relu: relu,
  Reshape: restoreShape,
  Sigmoid: sigmoid,
  Slice: slicing,
  Softmax: softmax,
  Squeeze: restoreShape,
  Sub: sub,
  Sum: sum,
  Tanh: tanh,
  Transpose: transpose,
  Unsqueeze: restoreShape,
};
