import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { DreamError } from "../../errors.ts";
import type { Node } from "../../graph/graph.ts";
import type { Tfjs } from "./load.ts";
import { lastAxes, Value } from "./value.ts";

/** What an op has access to. */
export interface OpContext {
  readonly tf: Tfjs;
  readonly node: Node;
  /** Whether no gradient is taken: ops may then be fused. */
  readonly fuse: boolean;
  /** A value that does not depend on the inputs; it is kept as long as the session. */
  memo(key: string, make: () => Tensor): Tensor;
  has(index: number): boolean;
  /** The input at `index`. */
  value(index: number): Value;
}

/** Computes a node's outputs. Intermediate tensors are freed automatically. */
export type Op = (context: OpContext) => Value | readonly Value[];

export function plain({ tf }: OpContext, tensor: Tensor): Value {
  return Value.ofPlain(tf, tensor);
}

export function last({ tf }: OpContext, tensor: Tensor): Value {
  return Value.ofLast(tf, tensor);
}

/** The integers of an optional input, or of the attribute that older opsets use instead. */
export function integersOf(c: OpContext, index: number, attribute: string): number[] | undefined {
  if (c.has(index)) return [...c.value(index).integers];
  const old = c.node.attributes[attribute];
  return Array.isArray(old) ? old.map(Number) : undefined;
}

/** `axis` counted from the front. */
export function wrapAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/**
 * Apply `compute` to all inputs element by element, in NHWC if one of them already has that layout and the result has
 * four axes.
 */
export function elementwise(c: OpContext, compute: (tensors: readonly Tensor[]) => Tensor): Value {
  const values = c.node.inputs.map((_, i) => c.value(i));
  const asLast = values.some((value) => value.isLast && value.dims.length === 4);
  if (!asLast || values.some((value) => value.dims.length > 4))
    return plain(c, compute(values.map((value) => value.plain)));
  const tensors = values.map((value) => (value.dims.length === 0 ? value.plain : value.last));
  return last(c, compute(tensors));
}

/**
 * Apply `compute` to the first input in its current layout. `compute` gets the tensor and a function that maps an
 * ONNX axis to the tensor's axis. The rank must not change.
 */
export function inPlace(
  c: OpContext,
  compute: (tensor: Tensor, axisOf: (axis: number) => number) => Tensor,
): Value {
  const value = c.value(0);
  const rank = value.dims.length;
  if (value.isLast && rank === 4)
    return last(
      c,
      compute(value.last, (axis) => lastAxes[wrapAxis(axis, 4)]!),
    );
  return plain(
    c,
    compute(value.plain, (axis) => wrapAxis(axis, rank)),
  );
}

/** Reorder `list` from ONNX's axes to those of `inPlace`. */
export function ordered(list: readonly number[], axisOf: (axis: number) => number): number[] {
  const result = [...list];
  for (const [axis, value] of list.entries()) result[axisOf(axis)] = value;
  return result;
}

/** The first input `[N, C, L]` or `[N, C, H, W]` as NHWC, with the conversion back. */
export function spatial(c: OpContext): {
  x: Tensor4D;
  back: (y: Tensor) => Value;
  /** A list over the spatial axes, extended to two. */
  pair: (list: readonly number[], fill: number) => [number, number];
} {
  const { tf } = c;
  const value = c.value(0);
  const { dims } = value;
  if (dims.length === 4)
    return {
      x: value.last,
      back: (y) => last(c, y),
      pair: (list) => [list[0]!, list[1]!],
    };
  if (dims.length !== 3) throw unsupported(c.node, `over ${dims.length - 2} axes`);
  const [n, channels, length] = dims as [number, number, number];
  return {
    x: tf.reshape(tf.transpose(value.plain, [0, 2, 1]), [n, 1, length, channels]) as Tensor4D,
    back: (y) => {
      const rows = tf.reshape(y, [y.shape[0]!, y.shape[2]!, y.shape[3]!]);
      return plain(c, tf.transpose(rows, [0, 2, 1]));
    },
    pair: (list, fill) => [fill, list[0]!],
  };
}

/** The error for a node that this engine does not support; `what` follows the op's name. */
export function unsupported(node: Node, what = ""): DreamError {
  const name = node.name || node.outputs[0];
  return new DreamError(
    "MODEL_UNSUPPORTED_OP",
    `engine tfjs does not support op ${node.op}${what && ` ${what}`} (node "${name}")`,
    { hint: "Use engine: auto or cpu." },
  );
}
