/**
 * Constraints of ops on their inputs, apart from those that decide output shapes. A network that violates one is
 * refused here, with a layer's name, and not by the runtime during a render. Source: the ONNX operator
 * specifications, and what onnxruntime's CPU provider enforces.
 */
import type { MismatchReason } from "../shape-mismatch.ts";
import { numberOr, numbers } from "../window.ts";
import type { ShapeContext } from "./shape-context.ts";

type ShapeCheck = (context: ShapeContext) => void;
type Dims = readonly number[];

/** Throws `SHAPE_MISMATCH` if the inputs or attributes of a node violate the constraints of its op. */
export function checkNodeShapes(c: ShapeContext): void {
  for (const index of lists[c.node.op] ?? []) isList(c, index);
  checks[c.node.op]?.(c);
}

/** Inputs that are lists of numbers, by op. */
const lists: Readonly<Record<string, readonly number[]>> = {
  ConstantOfShape: [0],
  Expand: [1],
  Pad: [1],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
};

const checks: Readonly<Record<string, ShapeCheck>> = {
  BatchNormalization: (c) => {
    for (const index of [1, 2, 3, 4]) isVector(c, index, c.dims(0)[1]!);
  },
  InstanceNormalization: (c) => {
    for (const index of [1, 2]) isVector(c, index, c.dims(0)[1]!);
  },
  LayerNormalization: (c) => {
    for (const index of [1, 2]) spreadsTo(c, index, c.dims(0));
  },
  Clip: (c) => {
    for (const index of [1, 2]) isSingle(c, index);
  },
  PRelu: (c) => spreadsTo(c, 1, c.dims(0)),
  Conv: (c) => {
    const [channels, groups] = [c.dims(1)[0]!, groupsOf(c)];
    if (channels % groups !== 0)
      throw c.fail(`${channels} channels do not divide into ${groups} groups`);
    matchesKernel(c);
    isVector(c, 2, channels);
  },
  ConvTranspose: (c) => {
    const [x, w, groups] = [c.dims(0), c.dims(1), groupsOf(c)];
    if (x[1] !== w[0] || x[1]! % groups !== 0)
      throw c.fail(`${x[1]} channels in ${groups} groups, but the kernel takes ${w[0]}`);
    matchesKernel(c);
    for (const name of ["strides", "dilations", "output_padding"]) hasLength(c, name, x.length - 2);
    hasLength(c, "pads", 2 * (x.length - 2));
    isVector(c, 2, w[1]! * groups);
  },
  MaxPool: padsWithinWindow,
  AveragePool: padsWithinWindow,
  Gather: (c) => {
    const [dims, given] = [c.dims(0), numberOr(c.node.attributes.axis, 0)];
    const length = dims[given < 0 ? given + dims.length : given] ?? 0;
    const wrong = c.integers(1)?.find((i) => !(i >= -length && i < length));
    if (wrong !== undefined)
      throw c.fail(`index ${wrong} is out of range for a length of ${length}`, bound(c, 1));
  },
  Gemm: (c) => {
    for (const flag of ["transA", "transB"])
      if (![0, 1].includes(numberOr(c.node.attributes[flag], 0)))
        throw c.fail(`${flag} is ${c.node.attributes[flag]}, not 0 or 1`);
    for (const index of [0, 1])
      if (c.dims(index).length !== 2) throw c.fail(`input ${index} is not a matrix`);
    const { transA, transB } = c.node.attributes;
    spreadsTo(c, 2, [c.dims(0)[transA ? 1 : 0]!, c.dims(1)[transB ? 0 : 1]!]);
  },
  Reshape: (c) => {
    const target = c.integers(1) ?? [];
    const [open, negative] = [-1, -2].map((least) =>
      target.filter((d) => (least === -1 ? d === -1 : d < -1)),
    ) as [number[], number[]];
    const copies = c.node.attributes.allowzero ? -1 : target.lastIndexOf(0);
    if (open.length > 1 || negative.length > 0 || copies >= c.dims(0).length)
      throw c.fail(`[${target.join(", ")}] is not a valid target shape`);
  },
  Transpose: (c) => {
    const rank = c.dims(0).length;
    const perm = numbers(c.node.attributes.perm) ?? [...c.dims(0).keys()];
    if (perm.length !== rank || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i))
      throw c.fail(`perm [${perm.join(", ")}] is not a permutation of ${rank} axes`);
  },
  Pad: (c) => {
    const dims = c.dims(0);
    const pads = c.integers(1);
    isSingle(c, 2);
    if (c.has(3)) throw c.fail("pads for a subset of the axes are not supported");
    if (pads && pads.length !== 2 * dims.length)
      throw c.fail(`${pads.length} pads do not fit ${dims.length} axes`);
    if (c.node.attributes.mode === "reflect" && pads?.some((p, i) => p >= dims[i % dims.length]!))
      throw c.fail("it mirrors more pixels than the input has", "small");
  },
  Split: (c) => {
    const sizes = c.integers(1);
    const dims = c.dims(0);
    const given = numberOr(c.node.attributes.axis, 0);
    const length = dims[given < 0 ? given + dims.length : given] ?? 0;
    const { outputs } = c.node;
    if (!sizes) {
      if (c.has(1)) throw c.fail("its sizes are not constant");
      return;
    }
    if (sizes.length !== outputs.length)
      throw c.fail(`${sizes.length} sizes do not fit ${outputs.length} outputs`);
    if (sizes.some((size) => size < 0) || sizes.reduce((a, b) => a + b, 0) !== length)
      throw c.fail(`sizes [${sizes.join(", ")}] do not add up to ${length}`, bound(c, 1));
  },
  Slice: (c) => {
    const given = [1, 2, 3, 4].map((index) => c.integers(index)?.length);
    const wanted = given[0];
    if (given.some((length) => length !== undefined && length !== wanted))
      throw c.fail("its starts, ends, axes and steps have different lengths");
    differ(c, c.integers(3), c.dims(0).length);
  },
  Squeeze: (c) => {
    const dims = c.dims(0);
    const axes = c.integers(1) ?? [];
    const wrong = axes.find((axis) => dims[axis < 0 ? axis + dims.length : axis] !== 1);
    if (wrong !== undefined) throw c.fail(`axis ${wrong} does not have length 1`, "fixed");
  },
  Unsqueeze: (c) => {
    const axes = c.integers(1) ?? [];
    differ(c, axes, c.dims(0).length + axes.length);
  },
  DepthToSpace: inBlocks,
  SpaceToDepth: inBlocks,
  Resize: (c) => {
    for (const index of [2, 3])
      if (c.integers(index)?.some((v) => !(v > 0))) throw c.fail("a size is 0 or less");
  },
};

function isList(c: ShapeContext, index: number): void {
  if (c.has(index) && c.dims(index).length !== 1)
    throw c.fail(`input ${index} must be a list of numbers, not [${c.dims(index).join(", ")}]`);
}

/** Absent, or one number for each of `length` channels. */
function isVector(c: ShapeContext, index: number, length: number): void {
  if (c.has(index) && c.dims(index).join() !== `${length}`)
    throw c.fail(
      `input ${index} must be ${length} numbers, not [${c.dims(index).join(", ")}]`,
      bound(c, index),
    );
}

/** Absent, or a single number. */
function isSingle(c: ShapeContext, index: number): void {
  if (c.has(index) && c.dims(index).reduce((a, b) => a * b, 1) !== 1)
    throw c.fail(`input ${index} must be one number, not [${c.dims(index).join(", ")}]`);
}

/** Absent, or a shape that broadcasts to `dims` without enlarging it. */
function spreadsTo(c: ShapeContext, index: number, dims: Dims): void {
  if (!c.has(index)) return;
  const own = c.dims(index);
  const fits = own.every((d, i) => d === 1 || d === dims[i - own.length + dims.length]);
  if (own.length > dims.length || !fits)
    throw c.fail(
      `input ${index} [${own.join(", ")}] does not broadcast to [${dims.join(", ")}]`,
      bound(c, index),
    );
}

function groupsOf(c: ShapeContext): number {
  const groups = numberOr(c.node.attributes.group, 1);
  if (!Number.isInteger(groups) || groups < 1) throw c.fail(`the number of groups is ${groups}`);
  return groups;
}

/**
 * A convolution's kernel must have one axis for each spatial axis of the input, and the sizes that its attribute
 * states.
 */
function matchesKernel(c: ShapeContext): void {
  const [x, w] = [c.dims(0), c.dims(1)];
  const stated = numbers(c.node.attributes.kernel_shape) ?? w.slice(2);
  if (x.length < 3 || w.length !== x.length || stated.join() !== w.slice(2).join())
    throw c.fail(`a kernel of [${w.join(", ")}], stated as [${stated.join(", ")}], does not fit`);
}

function hasLength(c: ShapeContext, attribute: string, length: number): void {
  const values = numbers(c.node.attributes[attribute]);
  if (values && (values.length !== length || values.some((v) => !Number.isInteger(v) || v < 0)))
    throw c.fail(`${attribute} [${values.join(", ")}] do not fit ${length} numbers`);
}

function padsWithinWindow(c: ShapeContext): void {
  const kernel = numbers(c.node.attributes.kernel_shape) ?? [];
  const pads = numbers(c.node.attributes.pads) ?? [];
  if (pads.some((pad, i) => pad >= (kernel[i % kernel.length] ?? 0)))
    throw c.fail(
      `pads [${pads.join(", ")}] are not smaller than the window [${kernel.join(", ")}]`,
    );
}

function inBlocks(c: ShapeContext): void {
  const size = numberOr(c.node.attributes.blocksize, 0);
  if (c.dims(0).length !== 4 || !Number.isInteger(size) || size < 1)
    throw c.fail(`the block size is ${size} px`);
}

/** Axes must not repeat. */
function differ(c: ShapeContext, axes: Dims | undefined, rank: number): void {
  const all = axes?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? [];
  if (new Set(all).size !== all.length)
    throw c.fail(`axes [${axes?.join(", ")}] contain an axis twice`);
}

/** Why an input does not fit the value that comes from the picture. */
function bound(c: ShapeContext, index: number): MismatchReason {
  return c.isConstant(index) ? "fixed" : "uneven";
}
