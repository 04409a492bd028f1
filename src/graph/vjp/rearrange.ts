/** Ops that rearrange values: split, expand, block rearrangement. */
import { intTensor } from "../graph.ts";
import { numberOr } from "../window.ts";
import { pad, reshape, unbroadcast, type VjpRule } from "./context.ts";

/** Split: concatenate the cotangents of its outputs, with zeros for unused ones. */
export const split: VjpRule = ({ b, shape, cotangents }, node) => {
  const rank = shape(node.inputs[0]!).length;
  const raw = numberOr(node.attributes.axis, 0);
  const axis = raw < 0 ? raw + rank : raw;
  const parts = node.outputs.map((name, i) => {
    const own = cotangents[i];
    if (own !== undefined) return own;
    const dims = b.constant(intTensor(shape(name)), "dims");
    return b.op("ConstantOfShape", [dims], {}, "unused");
  });
  return [b.op("Concat", parts, { axis }, "split_vjp")];
};

/** Expand: sum over the repeated axes. */
export const expand: VjpRule = ({ b, shape }, node, g) => [
  unbroadcast(b, g, shape(node.outputs[0]!), shape(node.inputs[0]!)),
];

/** DepthToSpace in either mode: move pixels back to channels. */
export const depthToSpace: VjpRule = ({ b, shape }, node, g) => {
  const size = numberOr(node.attributes.blocksize, 1);
  if (node.attributes.mode !== "CRD")
    return [b.op("SpaceToDepth", [g], { blocksize: size }, "depth_to_space_vjp")];
  const [n, c, h, w] = shape(node.inputs[0]!) as [number, number, number, number];
  const blocks = reshape(b, g, [n, c / size / size, h, size, w, size]);
  const ordered = b.op("Transpose", [blocks], { perm: [0, 1, 3, 5, 2, 4] });
  return [reshape(b, ordered, [n, c, h, w])];
};

export const spaceToDepth: VjpRule = ({ b }, node, g) => [
  b.op(
    "DepthToSpace",
    [g],
    { blocksize: numberOr(node.attributes.blocksize, 1), mode: "DCR" },
    "space_to_depth_vjp",
  ),
];

/**
 * Insert zeros between the elements of `value` along `axis`: element i moves to i × step; the result has length
 * `size`.
 */
export function spreadOut(
  b: Parameters<typeof reshape>[0],
  value: string,
  dims: readonly number[],
  axis: number,
  step: number,
  size: number,
): string {
  const count = dims[axis]!;
  const split = [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)];
  const none = split.map(() => 0);
  const stretched = pad(b, reshape(b, value, split), none, none.with(axis + 1, step - 1));
  const joined = dims.with(axis, count * step);
  const flat = dims.map(() => 0);
  return pad(b, reshape(b, stretched, joined), flat, flat.with(axis, size - count * step));
}
