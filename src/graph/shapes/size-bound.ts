import type { Node } from "../graph.ts";
import type { Analysis } from "./infer-shapes.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Ops that keep the order of axes and can fix the length of one. */
const resizing = new Set(["Resize", "ConvTranspose", "Slice", "Split", "Pad"]);

/**
 * Whether `node` produces the same output size from a larger map as from the exported one, or slices by a length that
 * may be the exported size: in both cases the exporter fixed a size. Slices of one row or column, such as the first
 * token, are intended.
 */
export function losesMap(node: Node, exported: Shapes, { shapes, known }: Analysis): boolean {
  const [from, now] = [exported, shapes].map((all) => all.get(node.inputs[0] ?? ""));
  if (!from || !now || from.join() === now.join()) return false;
  const grows = (axis: number): boolean => from[axis] !== now[axis];
  const values = (input: number): readonly number[] =>
    known.get(node.inputs[input] ?? "")?.values ?? [];
  if (node.op === "Gather") {
    const axis = Number(node.attributes.axis ?? 0);
    const count = (exported.get(node.inputs[1] ?? "") ?? []).reduce((a, b) => a * b, 1);
    return count > 1 && grows(axis < 0 ? axis + from.length : axis);
  }
  if (!resizing.has(node.op)) return false;
  if (node.op === "Slice") {
    const axes = node.inputs[3] ? values(3) : [...values(1).keys()];
    const late = axes.some((raw, i) => {
      const axis = raw < 0 ? raw + from.length : raw;
      return grows(axis) && values(1)[i]! * 2 >= Math.max(2, from[axis]!);
    });
    if (late) return true;
  }
  return node.outputs.some((name) => {
    const [before, after] = [exported.get(name), shapes.get(name)];
    return before?.some((size, axis) => size > 1 && grows(axis) && after?.[axis] === size);
  });
}
