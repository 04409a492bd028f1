import { DreamError } from "../../errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Node, Tensor } from "../graph.ts";

/** What a VJP rule has access to. Shapes are concrete, so rules embed them as constants. */
export interface VjpContext {
  readonly b: GraphBuilder;
  shape(name: string): readonly number[];
  /** Whether the value is known to hold no negative number. */
  nonNegative(name: string): boolean;
  /** Whether only a Relu reads the value: its cotangent is zero where the value is not positive. */
  rectified(name: string): boolean;
  /** Whether only products of the value with itself read it: its cotangent is zero where the value is zero. */
  squared(name: string): boolean;
  /** The constant tensor of this name; undefined if the value is not constant. */
  constant(name: string | undefined): Tensor | undefined;
  /** The values of a constant integer tensor; undefined for an omitted or computed input. */
  integers(name: string | undefined): readonly number[] | undefined;
  /** Cotangents of all outputs of the current node, for ops with several outputs. */
  readonly cotangents: readonly (string | undefined)[];
}

/**
 * A vector–Jacobian product: the cotangents of a node's inputs, given those of its outputs. `needed[i]` says whether
 * input `i` depends on the picture; other inputs may stay undefined.
 */
export type VjpRule = (
  context: VjpContext,
  node: Node,
  /** Cotangent of the first output; "" if only other outputs have one (see `severalOutputs`). */
  cotangent: string,
  needed: readonly boolean[],
) => readonly (string | undefined)[];

/** Reverse a broadcast: sum `value` of shape `from` down to the shape `to`. */
export function unbroadcast(
  b: GraphBuilder,
  value: string,
  from: readonly number[],
  to: readonly number[],
): string {
  const lead = from.length - to.length;
  const axes = [...from.keys()].filter(
    (axis) => axis < lead || (to[axis - lead] === 1 && from[axis] !== 1),
  );
  const summed =
    axes.length === 0 ? value : b.op("ReduceSum", [value, b.ints(...axes)], { keepdims: 1 });
  return lead === 0 ? summed : reshape(b, summed, to);
}

export function reshape(b: GraphBuilder, value: string, dims: readonly number[]): string {
  return b.op("Reshape", [value, b.ints(...dims)]);
}

/** Pad with zeros; amounts per axis, at its begin and end. Negative amounts crop. */
export function pad(
  b: GraphBuilder,
  value: string,
  begin: readonly number[],
  end: readonly number[],
  fill?: string,
): string {
  if ([...begin, ...end].every((amount) => amount === 0)) return value;
  return b.op("Pad", [value, b.ints(...begin, ...end), ...(fill ? [fill] : [])], {
    mode: "constant",
  });
}

/** `value[start:end]` along one axis. */
export function slice(
  b: GraphBuilder,
  value: string,
  axis: number,
  start: number,
  end: number,
  step = 1,
): string {
  return b.op("Slice", [value, b.ints(start), b.ints(end), b.ints(axis), b.ints(step)]);
}

/** A list with `value` at `axis` and zeros elsewhere. */
export function along(rank: number, axis: number, value: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i === axis ? value : 0));
}

/** The error for a node that cannot be differentiated; `what` follows the node's name in the message. */
export function unsupportedNode(node: Node, what: string): DreamError {
  return new DreamError(
    "MODEL_UNSUPPORTED_OP",
    `${node.op} "${node.name || node.outputs[0]}" ${what} cannot be differentiated`,
    { hint: "Layers before it are supported." },
  );
}
