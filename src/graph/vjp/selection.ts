/** Ops that select one of several values: the cotangent goes to the selected value. */
import type { GraphBuilder } from "../builder.ts";
import { numbers } from "../window.ts";
import { reshape, unbroadcast, unsupportedNode, type VjpRule } from "./context.ts";

/** Where: to the selected operand. The condition has no derivative. */
export const where: VjpRule = ({ b, shape }, node, g, needed) => {
  const [condition, x, y] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
  const out = shape(node.outputs[0]!);
  const zero = b.scalar(0);
  return [
    undefined,
    needed[1]
      ? unbroadcast(b, b.op("Where", [condition, g, zero], {}, "where_vjp"), out, shape(x))
      : undefined,
    needed[2]
      ? unbroadcast(b, b.op("Where", [condition, zero, g], {}, "where_vjp"), out, shape(y))
      : undefined,
  ];
};

/** Max and Min of several: to the first operand that equals the result. */
export const extremum: VjpRule = ({ b, shape }, node, g, needed) => {
  const y = node.outputs[0]!;
  let taken: string | undefined;
  return node.inputs.map((x, i) => {
    const equal = b.op("Equal", [x, y]);
    const own = taken === undefined ? equal : b.op("And", [equal, b.op("Not", [taken])]);
    taken = taken === undefined ? equal : b.op("Or", [taken, equal]);
    if (!needed[i]) return undefined;
    return unbroadcast(b, b.op("Where", [own, g, b.scalar(0)]), shape(y), shape(x));
  });
};

/** ReduceMax and ReduceMin: evenly to all values that equal the result. */
export const reduceExtremum: VjpRule = (ctx, node, g) => {
  const { b } = ctx;
  const x = node.inputs[0]!;
  const dims = ctx.shape(x);
  const axes = reducedAxes(ctx.integers(node.inputs[1]) ?? numbers(node.attributes.axes), dims);
  const kept = dims.map((d, axis) => (axes.includes(axis) ? 1 : d));
  const y = reshape(b, node.outputs[0]!, kept);
  const winners = b.op("Cast", [b.op("Equal", [x, y])], { to: 1 }, "winners");
  const count = b.op("ReduceSum", [winners, b.ints(...axes)], { keepdims: 1 });
  const share = b.op("Div", [reshape(b, g, kept), count]);
  return [b.op("Mul", [winners, share], {}, "reduce_max_vjp")];
};

/** Axes counted from the front; all axes if none are given. */
export function reducedAxes(
  axes: readonly number[] | undefined,
  dims: readonly number[],
): number[] {
  return (axes ?? [...dims.keys()]).map((axis) => (axis < 0 ? axis + dims.length : axis));
}

/**
 * Gather with constant indices along an axis: add each cotangent to the slice that it was taken from. Repeated
 * indices are summed.
 */
export const gather: VjpRule = (ctx, node, g) => {
  const { b } = ctx;
  const dims = ctx.shape(node.inputs[0]!);
  const indices = ctx.integers(node.inputs[1]);
  if (!indices) throw unsupportedNode(node, "by computed indices");
  const raw = typeof node.attributes.axis === "number" ? node.attributes.axis : 0;
  const axis = raw < 0 ? raw + dims.length : raw;
  const size = dims[axis]!;
  const rows = indices.map((index) => (index < 0 ? index + size : index));
  // Flatten the indices to one axis and append a slice of zeros.
  const flat = [...dims.slice(0, axis), rows.length, ...dims.slice(axis + 1)];
  const ends = dims.flatMap((_, i) => (i === axis ? 1 : 0));
  const extended = b.op("Pad", [
    reshape(b, g, flat),
    b.ints(...dims.map(() => 0), ...ends),
    b.scalar(0),
  ]);
  const rounds = inverseRounds(rows, size);
  const parts = rounds.map((sources) =>
    b.op("Gather", [extended, b.ints(...sources)], { axis }, "gather_vjp"),
  );
  return [addAll(b, parts)];
};

/** For every slot, the first, second, … position in `rows` that reads it; `rows.length` if there is none left. */
function inverseRounds(rows: readonly number[], size: number): number[][] {
  const readers = Array.from({ length: size }, (): number[] => []);
  for (const [place, row] of rows.entries()) readers[row]?.push(place);
  const max = Math.max(1, ...readers.map((list) => list.length));
  return Array.from({ length: max }, (_, round) =>
    readers.map((list) => list[round] ?? rows.length),
  );
}

function addAll(b: GraphBuilder, parts: readonly string[]): string {
  return parts.reduce((sum, part) => b.op("Add", [sum, part]));
}
