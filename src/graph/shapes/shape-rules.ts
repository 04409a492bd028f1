import type { MismatchReason } from "../shape-mismatch.ts";
import { convWindow, numberOr, numbers } from "../window.ts";
import type { ShapeContext } from "./shape-context.ts";

type Dims = readonly number[];

type ShapeRule = (context: ShapeContext) => readonly Dims[];

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
  Conv: (c) => {
    const [x, w] = [c.dims(0), c.dims(1)];
    const groups = numberOr(c.node.attributes.group, 1);
    if (x[1] !== w[1]! * groups)
      throw c.fail(`${x[1]} channels, but the kernel takes ${w[1]! * groups}`);
    return [[x[0]!, w[0]!, ...windowed(c, w.slice(2))]];
  },
  ConvTranspose: (c) => {
    const [x, w] = [c.dims(0), c.dims(1)];
    const spatial = x.slice(2);
    const strides = numbers(c.node.attributes.strides) ?? spatial.map(() => 1);
    const dilations = numbers(c.node.attributes.dilations) ?? spatial.map(() => 1);
    const pads = numbers(c.node.attributes.pads) ?? spatial.flatMap(() => [0, 0]);
    const extra = numbers(c.node.attributes.output_padding) ?? spatial.map(() => 0);
    const output = spatial.map(
      (d, i) =>
        strides[i]! * (d - 1) +
        extra[i]! +
        (w[2 + i]! - 1) * dilations[i]! +
        1 -
        pads[i]! -
        pads[i + spatial.length]!,
    );
    return [
      [
        x[0]!,
        w[1]! * numberOr(c.node.attributes.group, 1),
        ...(numbers(c.node.attributes.output_shape) ?? output),
      ],
    ];
  },
  MaxPool: pool,
  AveragePool: pool,
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
  Flatten: (c) => {
    const dims = c.dims(0);
    const given = numberOr(c.node.attributes.axis, 1);
    const axis = given === dims.length ? given : wrap(given, dims.length, c);
    return [[count(dims.slice(0, axis)), count(dims.slice(axis))]];
  },
  Reshape: (c) => {
    const dims = c.dims(0);
    const target = c.integers(1) ?? numbers(c.node.attributes.shape);
    if (!target) throw c.fail("its target shape is not constant");
    const known = target.map((d, i) => (d === 0 && !c.node.attributes.allowzero ? dims[i]! : d));
    const rest = count(dims) / count(known.filter((d) => d !== -1));
    const result = known.map((d) => (d === -1 ? rest : d));
    if (count(result) !== count(dims))
      throw c.fail(
        `${count(dims)} values do not fit [${target.join(", ")}]`,
        c.isConstant(1) ? "fixed" : "uneven",
      );
    return [result];
  },
  Transpose: (c) => {
    const dims = c.dims(0);
    const perm = numbers(c.node.attributes.perm) ?? [...dims.keys()].reverse();
    return [perm.map((axis) => dims[axis]!)];
  },
  Pad: (c) => {
    const dims = c.dims(0);
    const pads = numbers(c.node.attributes.pads) ?? c.integers(1);
    if (!pads) throw c.fail("its pads are not constant");
    return [dims.map((d, i) => d + pads[i]! + pads[i + dims.length]!)];
  },
  ...Object.fromEntries(
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare"
      .split(" ")
      .map((op) => [op, reduce]),
  ),
  Split: (c) => {
    const dims = c.dims(0);
    const axis = wrap(numberOr(c.node.attributes.axis, 0), dims.length, c);
    const parts = c.node.outputs.length;
    const even = Math.ceil(dims[axis]! / parts);
    const sizes =
      c.integers(1) ??
      c.node.outputs.map((_, i) => Math.min(even, Math.max(0, dims[axis]! - i * even)));
    return sizes.map((size) => dims.with(axis, size));
  },
  Expand: (c) => {
    const target = c.integers(1);
    if (!target) throw c.fail("its target shape is not constant");
    return [broadcast(c.dims(0), target, c)];
  },
  DepthToSpace: (c) => {
    const [n, ch, h, w] = c.dims(0) as [number, number, number, number];
    const size = numberOr(c.node.attributes.blocksize, 1);
    return [[n, ch / size / size, h * size, w * size]];
  },
  SpaceToDepth: (c) => {
    const [n, ch, h, w] = c.dims(0) as [number, number, number, number];
    const size = numberOr(c.node.attributes.blocksize, 1);
    return [[n, ch * size * size, h / size, w / size]];
  },
  Resize: (c) => {
    const dims = c.dims(0);
    const scales = c.integers(2);
    const sizes = c.integers(3);
    if (sizes?.length === dims.length) return [sizes];
    if (scales?.length !== dims.length) throw c.fail("its sizes are not constant");
    return [dims.map((d, i) => Math.floor(d * scales[i]!))];
  },
  Unsqueeze: (c) => {
    const axes = numbers(c.node.attributes.axes) ?? c.integers(1) ?? [];
    const rank = c.dims(0).length + axes.length;
    const at = new Set(axes.map((axis) => wrap(axis, rank, c)));
    const rest = [...c.dims(0)];
    return [Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : rest.shift()!))];
  },
  Squeeze: (c) => {
    const dims = c.dims(0);
    const axes = numbers(c.node.attributes.axes) ?? c.integers(1);
    const at = axes?.map((axis) => wrap(axis, dims.length, c));
    return [dims.filter((d, i) => (at ? !at.includes(i) : d !== 1))];
  },
  Slice: (c) => {
    const starts = numbers(c.node.attributes.starts) ?? c.integers(1);
    const ends = numbers(c.node.attributes.ends) ?? c.integers(2);
    if (!starts || !ends) throw c.fail("its range is not constant");
    const axes = numbers(c.node.attributes.axes) ?? c.integers(3) ?? [...starts.keys()];
    const steps = c.integers(4) ?? starts.map(() => 1);
    const result = [...c.dims(0)];
    axes.forEach((raw, i) => {
      const axis = wrap(raw, result.length, c);
      const size = result[axis]!;
      const bound = (v: number): number => Math.min(Math.max(v < 0 ? v + size : v, 0), size);
      if (steps[i]! < 1) throw c.fail("negative steps are not supported");
      result[axis] = Math.max(0, Math.ceil((bound(ends[i]!) - bound(starts[i]!)) / steps[i]!));
    });
    return [result];
  },
  Gather: (c) => {
    const dims = c.dims(0);
    const axis = wrap(numberOr(c.node.attributes.axis, 0), dims.length, c);
    return [[...dims.slice(0, axis), ...c.dims(1), ...dims.slice(axis + 1)]];
  },
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

/** Most positions in the window of a MaxPool. */
const maxPlaces = 4096;

function pool(c: ShapeContext): readonly Dims[] {
  const x = c.dims(0);
  const kernel = numbers(c.node.attributes.kernel_shape) ?? [];
  // The gradient adds nodes for every position of the window.
  const strides = numbers(c.node.attributes.strides) ?? [];
  if (c.node.op === "MaxPool" && Math.max(count(kernel), count(strides)) > maxPlaces)
    throw c.fail(
      `a window of [${kernel.join(", ")}] with strides [${strides.join(", ")}] is too large`,
    );
  const dims = [x[0]!, x[1]!, ...windowed(c, kernel)];
  return [dims, dims];
}

/** Height and width after a convolution or pool. */
function windowed(c: ShapeContext, kernel: Dims): Dims {
  const { outputDims } = convWindow(c.node, c.dims(0).slice(2), kernel);
  if (outputDims.some((d) => d < 1)) throw c.fail("its window is larger than the picture", "small");
  return outputDims;
}

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

function broadcast(a: Dims, b: Dims, c: ShapeContext): Dims {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw c.fail(`[${a.join(", ")}] and [${b.join(", ")}] do not broadcast`, meeting(c));
    return x === 1 ? y : x;
  });
}

/** Why the value that comes from the picture does not fit the other inputs. */
function meeting(c: ShapeContext): MismatchReason {
  return c.node.inputs.some((_, i) => c.isConstant(i)) ? "fixed" : "uneven";
}

/** An axis counted from the front. */
function wrap(axis: number, rank: number, c: ShapeContext): number {
  const wrapped = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(wrapped) && wrapped >= 0 && wrapped < rank) return wrapped;
  throw c.fail(`axis ${axis} is out of range for ${rank} axes`);
}

function count(dims: Dims): number {
  return dims.reduce((a, b) => a * b, 1);
}
