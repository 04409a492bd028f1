import type { GraphBuilder } from "../builder.ts";
import { intTensor, type Node } from "../graph.ts";
import { numberOr, numbers } from "../window.ts";
import {
  along,
  pad,
  reshape,
  slice,
  unsupportedNode,
  type VjpContext,
  type VjpRule,
} from "./context.ts";
import { spreadOut } from "./rearrange.ts";
import { reducedAxes } from "./selection.ts";

/** Identity and Dropout (inference). */
export const passThrough: VjpRule = (_, __, g) => [g];

/** Cast: from float32 to itself; a cast to integers has no derivative. */
export const cast: VjpRule = (_, node, g) => {
  if (node.attributes.to !== 1)
    throw unsupportedNode(node, `to element type ${node.attributes.to}`);
  return [g];
};

/** Flatten, Reshape, Squeeze, Unsqueeze. */
export const restoreShape: VjpRule = ({ b, shape }, node, g) => [
  reshape(b, g, shape(node.inputs[0]!)),
];

export const concat: VjpRule = ({ b, shape }, node, g) => {
  const axis = numberOr(node.attributes.axis, 1);
  const rank = shape(node.inputs[0]!).length;
  const sizes = node.inputs.map((name) => shape(name)[axis < 0 ? axis + rank : axis]!);
  if (sizes.length === 1) return [g];
  return b.ops(
    "Split",
    [g, b.constant(intTensor(sizes), "sizes")],
    sizes.length,
    { axis },
    "concat_vjp",
  );
};

export const transpose: VjpRule = ({ b, shape }, node, g) => {
  const rank = shape(node.inputs[0]!).length;
  const perm = numbers(node.attributes.perm) ?? [...Array(rank).keys()].reverse();
  return [b.op("Transpose", [g], { perm: perm.map((_, i) => perm.indexOf(i)) })];
};

/** Pad: crop; mirrored or repeated values are added to the pixels that they came from. */
export const padding: VjpRule = (ctx, node, g) => {
  const { b } = ctx;
  const dims = ctx.shape(node.inputs[0]!);
  const pads = constantInts(ctx, node, 1) ?? numbers(node.attributes.pads) ?? [];
  const mode = node.attributes.mode ?? "constant";
  if (mode === "constant") {
    const crop = (amounts: readonly number[]): number[] => amounts.map((amount) => 0 - amount);
    return [pad(b, g, crop(pads.slice(0, dims.length)), crop(pads.slice(dims.length)))];
  }
  if (mode !== "reflect" && mode !== "edge") throw unsupportedNode(node, `in mode ${mode}`);
  if (pads.some((amount) => amount < 0))
    throw unsupportedNode(node, `in mode ${mode} that also crops`);
  let result = g;
  dims.forEach((size, axis) => {
    const [begin, end] = [pads[axis]!, pads[axis + dims.length]!];
    if (begin || end) result = foldBorder(b, result, dims.length, axis, size, begin, end, mode);
  });
  return [result];
};

function foldBorder(
  b: GraphBuilder,
  g: string,
  rank: number,
  axis: number,
  size: number,
  begin: number,
  end: number,
  mode: "reflect" | "edge",
): string {
  const total = size + begin + end;
  const parts = [slice(b, g, axis, begin, begin + size)];
  const place = (value: string, at: number, length: number): void => {
    parts.push(pad(b, value, along(rank, axis, at), along(rank, axis, size - at - length)));
  };
  const border = (start: number, stop: number): string =>
    mode === "edge"
      ? b.op("ReduceSum", [slice(b, g, axis, start, stop), b.ints(axis)], { keepdims: 1 })
      : slice(b, g, axis, stop - 1, start - 1 - (start === 0 ? total : 0), -1);
  if (begin > 0) place(border(0, begin), mode === "edge" ? 0 : 1, mode === "edge" ? 1 : begin);
  if (end > 0)
    place(
      border(total - end, total),
      mode === "edge" ? size - 1 : size - 1 - end,
      mode === "edge" ? 1 : end,
    );
  return b.op("Sum", parts, {}, "pad_vjp");
}

/** Slice with constant bounds: pad with zeros, and insert zeros between the elements if the step is above 1. */
export const slicing: VjpRule = (ctx, node, g) => {
  const dims = ctx.shape(node.inputs[0]!);
  const starts = constantInts(ctx, node, 1) ?? [];
  const axes = constantInts(ctx, node, 3) ?? [...starts.keys()];
  const steps = constantInts(ctx, node, 4) ?? [];
  const begin = dims.map(() => 0);
  let [result, size] = [g, [...ctx.shape(node.outputs[0]!)]];
  axes.forEach((raw, i) => {
    const axis = raw < 0 ? raw + dims.length : raw;
    const [start, step] = [starts[i]!, steps[i] ?? 1];
    if (step < 1) throw unsupportedNode(node, "backwards");
    begin[axis] = Math.min(Math.max(start < 0 ? start + dims[axis]! : start, 0), dims[axis]!);
    if (step === 1) return;
    const room = dims[axis]! - begin[axis]!;
    result = spreadOut(ctx.b, result, size, axis, step, room);
    size = size.with(axis, room);
  });
  return [
    pad(
      ctx.b,
      result,
      begin,
      dims.map((d, axis) => d - size[axis]! - begin[axis]!),
    ),
  ];
};

/** ReduceMean and ReduceSum: broadcast back over the reduced axes. */
export const reduction: VjpRule = (ctx, node, g) => {
  const dims = ctx.shape(node.inputs[0]!);
  const axes = reducedAxes(constantInts(ctx, node, 1) ?? numbers(node.attributes.axes), dims);
  const kept = dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const count = axes.reduce((product, axis) => product * dims[axis]!, 1);
  const share = node.op === "ReduceMean" ? ctx.b.op("Mul", [g, ctx.b.scalar(1 / count)]) : g;
  return [ctx.b.op("Expand", [reshape(ctx.b, share, kept), ctx.b.ints(...dims)], {}, "reduce_vjp")];
};

/** Values of the optional constant input at `index`. Throws `MODEL_UNSUPPORTED_OP` if it is computed. */
function constantInts(ctx: VjpContext, node: Node, index: number): readonly number[] | undefined {
  const name = node.inputs[index];
  if (!name) return undefined;
  const values = ctx.integers(name);
  if (!values) throw unsupportedNode(node, `whose input "${name}" is not constant`);
  return values;
}
