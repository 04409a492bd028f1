import { numberOr, numbers } from "../window.ts";
import { broadcast, type Dims, meeting, type ShapeRule, wrap } from "./dims.ts";
import { rearrangingRules } from "./rearranging-rules.ts";
import type { ShapeContext } from "./shape-context.ts";
import { windowRules } from "./window-rules.ts";

const same: ShapeRule = (c) => [c.dims(0)];
const elementwise: ShapeRule = (c) => [
  c.node.inputs.map((_, i) => c.dims(i)).reduce((a, b) => broadcast(a, b, c)),
];

/** One rule per op: the shapes of its outputs. */
export const shapeRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(
    "Relu LeakyRelu PRelu Elu Selu Sigmoid Tanh Clip HardSigmoid HardSwish Mish Gelu Softplus Exp Log Sqrt Neg Abs Erf Sign Reciprocal LRN BatchNormalization InstanceNormalization GroupNormalization LayerNormalization Dropout Identity Softmax LogSoftmax Cast Floor Ceil Round Not"
      .split(" ")
      .map((op) => [op, same]),
  ),
  ...Object.fromEntries(
    "Add Sub Mul Div Pow Min Max Sum Mean Greater GreaterOrEqual Less LessOrEqual Equal And Or Where"
      .split(" ")
      .map((op) => [op, elementwise]),
  ),
  ...windowRules,
  GlobalAveragePool: (c) => [c.dims(0).map((d, i) => (i < 2 ? d : 1))],
  GlobalMaxPool: (c) => [c.dims(0).map((d, i) => (i < 2 ? d : 1))],
  Concat: (c) => {
    const all = c.node.inputs.map((_, i) => c.dims(i));
    const axis = wrap(numberOr(c.node.attributes.axis, 1), all[0]!.length, c);
    for (const dims of all) {
      if (dims.length !== all[0]!.length || dims.some((d, i) => i !== axis && d !== all[0]![i]))
        throw c.fail("inputs differ in an axis that is not joined", meeting(c));
    }
    return [
      all[0]!.map((d, i) => (i === axis ? all.reduce((sum, dims) => sum + dims[axis]!, 0) : d)),
    ];
  },
  GridSample: (c) => [[...c.dims(0).slice(0, 2), ...c.dims(1).slice(1, -1)]],
  Gemm: (c) => {
    const [a, b] = [c.dims(0), c.dims(1)];
    const transA = numberOr(c.node.attributes.transA, 0);
    const transB = numberOr(c.node.attributes.transB, 0);
    if (a[transA ? 0 : 1] !== b[transB ? 1 : 0]) throw c.fail("inner sizes differ", meeting(c));
    return [[a[transA ? 1 : 0]!, b[transB ? 0 : 1]!]];
  },
  MatMul: (c) => {
    const [a, b] = [c.dims(0), c.dims(1)];
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2))
      throw c.fail("inner sizes differ", meeting(c));
    return [[...broadcast(a.slice(0, -2), b.slice(0, -2), c), a.at(-2)!, b.at(-1)!]];
  },
  ...rearrangingRules,
  ...Object.fromEntries(
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare"
      .split(" ")
      .map((op) => [op, reduce]),
  ),
  Shape: (c) => {
    const { start, end } = c.node.attributes;
    const dims = c.dims(0).slice(Number(start ?? 0), end === undefined ? undefined : Number(end));
    return [[dims.length]];
  },
  Constant: (c) => {
    const value = c.node.attributes.value;
    if (typeof value === "object" && "data" in value) return [value.dims];
    const list = numbers(c.node.attributes.value_ints) ?? numbers(c.node.attributes.value_floats);
    return [list ? [list.length] : []];
  },
  ConstantOfShape: (c) => {
    const dims = c.integers(0);
    if (!dims) throw c.fail("its shape is not constant");
    return [dims];
  },
};

function reduce(c: ShapeContext): readonly Dims[] {
  const dims = c.dims(0);
  const axes = numbers(c.node.attributes.axes) ?? c.integers(1) ?? [...dims.keys()];
  const at = new Set(axes.map((axis) => wrap(axis, dims.length, c)));
  return [
    numberOr(c.node.attributes.keepdims, 1)
      ? dims.map((d, i) => (at.has(i) ? 1 : d))
      : dims.filter((_, i) => !at.has(i)),
  ];
}
