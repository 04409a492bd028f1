/** Ops that rearrange values. */
import type { Tensor as HostTensor } from "../../graph/graph.ts";
import { intTensor } from "../../graph/graph.ts";
import { numberOr, numbers } from "../../graph/window.ts";
import {
  inPlace,
  integersOf,
  last,
  type Op,
  type OpContext,
  ordered,
  plain,
  wrapAxis,
} from "./op.ts";
import { lastAxes, Value } from "./value.ts";

/** The same values in another shape. An unchanged shape keeps the layout. */
function reshaped(c: OpContext, dims: readonly number[]): Value {
  const value = c.value(0);
  if (dims.join() === value.dims.join()) return inPlace(c, (x) => c.tf.clone(x));
  return plain(c, c.tf.reshape(value.plain, [...dims]));
}

const concat: Op = (c) => {
  const values = c.node.inputs.map((_, i) => c.value(i));
  const rank = values[0]!.dims.length;
  const axis = wrapAxis(numberOr(c.node.attributes.axis, 1), rank);
  if (rank === 4 && values.some((value) => value.isLast)) {
    const tensors = values.map((value) => value.last);
    return last(c, c.tf.concat(tensors, lastAxes[axis]!));
  }
  const tensors = values.map((value) => value.plain);
  const dims = tensors[0]!.shape;
  const inner = dims.slice(axis).reduce((a, b) => a * b, 1);
  // Short runs are slow to copy one by one: concatenate whole tensors, then interleave them.
  if (inner > 4 || tensors.some(({ shape }) => shape.join() !== dims.join()))
    return plain(c, c.tf.concat(tensors, axis));
  const joined = c.tf.concat(tensors.map((tensor) => c.tf.reshape(tensor, [1, -1, inner])));
  const rows = c.tf.transpose(joined, [1, 0, 2]);
  return plain(c, c.tf.reshape(rows, dims.with(axis, dims[axis]! * tensors.length)));
};

const split: Op = (c) => {
  const value = c.value(0);
  const axis = wrapAxis(numberOr(c.node.attributes.axis, 0), value.dims.length);
  const count = c.node.outputs.length;
  const size = value.dims[axis]!;
  const even = Math.ceil(size / count);
  const sizes =
    integersOf(c, 1, "split") ??
    c.node.outputs.map((_, i) => Math.min(even, Math.max(0, size - i * even)));
  if (value.isLast)
    return c.tf.split(value.last, sizes, lastAxes[axis]!).map((part) => last(c, part));
  return c.tf.split(value.plain, sizes, axis).map((part) => plain(c, part));
};

const transpose: Op = (c) => {
  const value = c.value(0);
  const perm = numbers(c.node.attributes.perm) ?? [...value.dims.keys()].reverse();
  // A transpose between the two layouts is free.
  if (perm.join() === "0,2,3,1") return plain(c, c.tf.clone(value.last));
  if (perm.join() === "0,3,1,2") return last(c, c.tf.clone(value.plain));
  return plain(c, c.tf.transpose(value.plain, perm));
};

const gather: Op = (c) => {
  const { tf } = c;
  const { dims } = c.value(0);
  const axis = wrapAxis(numberOr(c.node.attributes.axis, 0), dims.length);
  const size = dims[axis]!;
  const places = Int32Array.from(c.value(1).data, (at) => (at < 0 ? at + size : at));
  const indices = tf.tensor(places, [...c.value(1).dims], "int32");
  if (c.value(1).dims.length === 1)
    return inPlace(c, (x, axisOf) => tf.gather(x, indices, axisOf(axis)));
  return plain(c, tf.gather(c.value(0).plain, indices, axis));
};

const expand: Op = (c) => {
  const { dims } = c.value(0);
  const target = c.value(1).integers;
  const rank = Math.max(dims.length, target.length);
  const at = (list: readonly number[], i: number): number => list[i - rank + list.length] ?? 1;
  const full = Array.from({ length: rank }, (_, i) => Math.max(at(dims, i), at(target, i)));
  if (dims.length !== rank || rank !== 4) return plain(c, c.tf.broadcastTo(c.value(0).plain, full));
  return inPlace(c, (x, axisOf) => c.tf.broadcastTo(x, ordered(full, axisOf)));
};

/** Blocks of `size` × `size` pixels to and from channels. */
const depthToSpace: Op = (c) => {
  const [n, channels, h, w] = c.value(0).dims as [number, number, number, number];
  const size = numberOr(c.node.attributes.blocksize, 1);
  const depth = channels / size / size;
  const columnsFirst = c.node.attributes.mode === "CRD";
  const fine = columnsFirst ? [n, depth, size, size, h, w] : [n, size, size, depth, h, w];
  const perm = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const blocks = c.tf.transpose(c.tf.reshape(c.value(0).plain, fine), perm);
  return plain(c, c.tf.reshape(blocks, [n, depth, h * size, w * size]));
};

const spaceToDepth: Op = (c) => {
  const [n, channels, h, w] = c.value(0).dims as [number, number, number, number];
  const size = numberOr(c.node.attributes.blocksize, 1);
  const fine = [n, channels, h / size, size, w / size, size];
  const blocks = c.tf.transpose(c.tf.reshape(c.value(0).plain, fine), [0, 3, 5, 1, 2, 4]);
  return plain(c, c.tf.reshape(blocks, [n, channels * size * size, h / size, w / size]));
};

const constant: Op = (c) => {
  const { value, value_int: one, value_ints: several, value_float: real } = c.node.attributes;
  if (typeof value === "object" && "data" in value) return Value.ofHost(c.tf, value as HostTensor);
  if (typeof real === "number") return plain(c, c.tf.scalar(real));
  const list = typeof one === "number" ? intTensor([one], []) : intTensor(numbers(several) ?? []);
  return Value.ofHost(c.tf, list);
};

export const arrangeOps: Readonly<Record<string, Op>> = {
  Concat: concat,
  Constant: constant,
  ConstantOfShape: (c) => {
    const { value } = c.node.attributes;
    const fill = typeof value === "object" && "data" in value ? Number(value.data[0]) : 0;
    return plain(c, c.tf.fill([...c.value(0).integers], fill));
  },
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: (c) => {
    const { dims } = c.value(0);
    const axis = wrapAxis(numberOr(c.node.attributes.axis, 1), dims.length);
    const size = (part: readonly number[]): number => part.reduce((a, b) => a * b, 1);
    return reshaped(c, [size(dims.slice(0, axis)), size(dims.slice(axis))]);
  },
  Gather: gather,
  Reshape: (c) => {
    const { dims } = c.value(0);
    const target = (integersOf(c, 1, "shape") ?? []).map((d, i) =>
      d === 0 && !c.node.attributes.allowzero ? dims[i]! : d,
    );
    const known = target.reduce((a, b) => (b === -1 ? a : a * b), 1);
    const total = dims.reduce((a, b) => a * b, 1);
    return reshaped(
      c,
      target.map((d) => (d === -1 ? total / known : d)),
    );
  },
  Shape: (c) => {
    const { start, end } = c.node.attributes;
    const dims = c
      .value(0)
      .dims.slice(Number(start ?? 0), end === undefined ? undefined : Number(end));
    return Value.ofHost(c.tf, intTensor(dims));
  },
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: (c) => {
    const { dims } = c.value(0);
    const axes = integersOf(c, 1, "axes")?.map((axis) => wrapAxis(axis, dims.length));
    return reshaped(
      c,
      dims.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)),
    );
  },
  Transpose: transpose,
  Unsqueeze: (c) => {
    const { dims } = c.value(0);
    const axes = integersOf(c, 1, "axes") ?? [];
    const rank = dims.length + axes.length;
    const at = axes.map((axis) => wrapAxis(axis, rank));
    const rest = [...dims];
    return reshaped(
      c,
      Array.from({ length: rank }, (_, i) => (at.includes(i) ? 1 : rest.shift()!)),
    );
  },
};
