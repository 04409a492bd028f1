import { numberOr, numbers } from "../window.ts";
import { broadcast, count, type ShapeRule, wrap } from "./dims.ts";

/** Shapes after ops that move, repeat or select values. */
export const rearrangingRules: Readonly<Record<string, ShapeRule>> = {
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
};
