/** What the shape rules share. */
import type { MismatchReason } from "../shape-mismatch.ts";
import type { ShapeContext } from "./shape-context.ts";

export type Dims = readonly number[];

/** The shapes of a node's outputs. */
export type ShapeRule = (context: ShapeContext) => readonly Dims[];

/** The shape that values of shapes `a` and `b` broadcast to. */
export function broadcast(a: Dims, b: Dims, c: ShapeContext): Dims {
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
export function meeting(c: ShapeContext): MismatchReason {
  return c.node.inputs.some((_, i) => c.isConstant(i)) ? "fixed" : "uneven";
}

/** An axis counted from the front. */
export function wrap(axis: number, rank: number, c: ShapeContext): number {
  const wrapped = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(wrapped) && wrapped >= 0 && wrapped < rank) return wrapped;
  throw c.fail(`axis ${axis} is out of range for ${rank} axes`);
}

/** Number of values of a shape. */
export function count(dims: Dims): number {
  return dims.reduce((a, b) => a * b, 1);
}
