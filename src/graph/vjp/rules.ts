import { clip, leakyRelu, logSoftmax, relu, sigmoid, softmax, tanh } from "./activation.ts";
import { div, mul, sub, sum } from "./arithmetic.ts";
import { averagePool, globalAveragePool } from "./average-pool.ts";
import type { VjpRule } from "./context.ts";
import { conv, convTranspose } from "./convolution.ts";
import { gemm, matMul } from "./linear.ts";
import { maxPool } from "./max-pool.ts";
import { batchNormalization, lrn } from "./normalise.ts";
import {
  abs,
  elu,
  erf,
  exp,
  hardSigmoid,
  log,
  neg,
  pow,
  pRelu,
  reciprocal,
  selu,
  softplus,
  sqrt,
} from "./pointwise.ts";
import { depthToSpace, expand, spaceToDepth, split } from "./rearrange.ts";
import { resize } from "./resize.ts";
import { extremum, gather, reduceExtremum, where } from "./selection.ts";
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

/** Every op with a gradient rule. `lower.ts` rewrites further ops as combinations of these. */
export const vjpRules: Readonly<Record<string, VjpRule>> = {
  Abs: abs,
  Add: sum,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  DepthToSpace: depthToSpace,
  Div: div,
  Dropout: passThrough,
  Elu: elu,
  Erf: erf,
  Exp: exp,
  Expand: expand,
  Flatten: restoreShape,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  HardSigmoid: hardSigmoid,
  Identity: passThrough,
  LRN: lrn,
  LeakyRelu: leakyRelu,
  Log: log,
  LogSoftmax: logSoftmax,
  MatMul: matMul,
  Max: extremum,
  MaxPool: maxPool,
  Min: extremum,
  Mul: mul,
  Neg: neg,
  PRelu: pRelu,
  Pad: padding,
  Pow: pow,
  Reciprocal: reciprocal,
  ReduceMax: reduceExtremum,
  ReduceMean: reduction,
  ReduceMin: reduceExtremum,
  ReduceSum: reduction,
  Relu: relu,
  Reshape: restoreShape,
  Resize: resize,
  Selu: selu,
  Sigmoid: sigmoid,
  Slice: slicing,
  Softmax: softmax,
  Softplus: softplus,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Sqrt: sqrt,
  Squeeze: restoreShape,
  Sub: sub,
  Sum: sum,
  Tanh: tanh,
  Transpose: transpose,
  Unsqueeze: restoreShape,
  Where: where,
};

/** Ops whose rule reads the cotangents of all outputs. */
export const severalOutputs: ReadonlySet<string> = new Set(["Split"]);
