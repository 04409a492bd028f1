import type { Graph, Node, Tensor } from "../graph/graph.ts";
import { numberOr, numbers } from "../graph/window.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;
/** Vertical, horizontal. */
type Pair = readonly [number, number];

/** The receptive field of one activation. */
export interface Field {
  /** px of the picture; infinite if it is the whole picture. */
  readonly size: Pair;
  /** px between the fields of neighbouring activations. */
  readonly jump: Pair;
  /** Spatial axes of the value; absent if a reshape has merged them with others. */
  readonly axes?: Pair;
}

const windows = new Set(["Conv", "MaxPool", "AveragePool"]);
const reshapes = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze"]);
/** Number of neighbours that a resized value mixes. */
const taps: Readonly<Record<string, number>> = { nearest: 1, linear: 2, cubic: 4 };
const everything: Pair = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

/**
 * The part of the picture that each value can depend on. Fields grow along a path, separately per axis; of several
 * paths, the widest counts. Source: Araujo et al. 2019.
 */
export function receptiveFields(
  graph: Graph,
  input: string,
  shapes: Shapes,
): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>([[input, { size: [1, 1], jump: [1, 1], axes: [2, 3] }]]);
  for (const node of graph.nodes) {
    const seen = node.inputs.flatMap((name) => fields.get(name) ?? []);
    if (seen.length === 0) continue;
    const field = fieldAfter(node, widest(seen), seen.length, graph.initializers, shapes);
    for (const name of node.outputs) fields.set(name, field);
  }
  return fields;
}

function widest(seen: readonly Field[]): Field {
  const axes = seen.find((field) => field.axes)?.axes;
  return {
    size: pair((d) => Math.max(...seen.map(({ size }) => size[d]))),
    jump: pair((d) => Math.max(...seen.map(({ jump }) => jump[d]))),
    ...(axes ? { axes } : {}),
  };
}

function fieldAfter(
  node: Node,
  before: Field,
  operands: number,
  constants: ReadonlyMap<string, Tensor>,
  shapes: Shapes,
): Field {
  const { op, attributes } = node;
  const { size, jump, axes } = before;
  const wider = (by: Pair): Pair => pair((d) => size[d] + by[d] * jump[d]);
  if (windows.has(op)) {
    const stride = numbers(attributes.strides) ?? [];
    return {
      ...before,
      size: wider(reach(node, shapes)),
      jump: pair((d) => jump[d] * (stride[d] ?? 1)),
    };
  }
  if (op === "ConvTranspose") {
    const stride = numbers(attributes.strides) ?? [];
    const extra = reach(node, shapes);
    return {
      ...before,
      size: wider(pair((d) => Math.floor(extra[d] / (stride[d] ?? 1)))),
      jump: pair((d) => jump[d] / (stride[d] ?? 1)),
    };
  }
  if (op === "Resize" && axes) {
    const dims = (name: string): Pair => pair((d) => shapes.get(name)?.[axes[d]] ?? 1);
    const [from, to] = [dims(node.inputs[0]!), dims(node.outputs[0]!)];
    const mixed = (taps[String(attributes.mode)] ?? 1) - 1;
    return {
      ...before,
      size: wider([mixed, mixed]),
      jump: pair((d) => (jump[d] * from[d]) / to[d]),
    };
  }
  if (op === "SpaceToDepth" || op === "DepthToSpace") {
    const block = numberOr(attributes.blocksize, 1);
    return op === "DepthToSpace"
      ? { ...before, jump: pair((d) => jump[d] / block) }
      : { ...before, size: wider([block - 1, block - 1]), jump: pair((d) => jump[d] * block) };
  }
  if (op === "Transpose" && axes) {
    const order = numbers(attributes.perm);
    return order ? { ...before, axes: pair((d) => order.indexOf(axes[d])) } : { size, jump };
  }
  if (reshapes.has(op)) return reshaped(node, before, shapes);
  if (op.startsWith("Reduce")) return reduced(node, before, constants, shapes);
  // A product of two values that depend on the picture is attention: every position depends on every other.
  const mixes = op === "MatMul" && operands > 1;
  return mixes || op.startsWith("Global") ? { ...before, size: everything } : before;
}

/** Distance from a window's first element to its last, with dilation. */
function reach({ attributes, inputs }: Node, shapes: Shapes): Pair {
  const kernel = numbers(attributes.kernel_shape) ?? shapes.get(inputs[1] ?? "")?.slice(2) ?? [];
  const dilation = numbers(attributes.dilations) ?? [];
  return pair((d) => ((kernel[d] ?? 1) - 1) * (dilation[d] ?? 1));
}

/** Spatial axes survive a reshape if their lengths stay, counted from the end or the start. */
function reshaped(node: Node, { size, jump, axes }: Field, shapes: Shapes): Field {
  const from = shapes.get(node.inputs[0]!) ?? [];
  const to = shapes.get(node.outputs[0]!) ?? [];
  if (to.length < 3) return { size: everything, jump };
  const kept = [to.length - from.length, 0]
    .map((shift) => axes && pair((d) => axes[d] + shift))
    .find((moved) => axes && moved?.every((axis, d) => to[axis] === from[axes[d]!]));
  return { size, jump, ...(kept ? { axes: kept } : {}) };
}

/** Reductions over spatial axes cover all positions; those over channels keep the field. */
function reduced(
  { attributes, inputs }: Node,
  before: Field,
  constants: ReadonlyMap<string, Tensor>,
  shapes: Shapes,
): Field {
  const { size, jump, axes } = before;
  const rank = shapes.get(inputs[0]!)?.length ?? 0;
  const given = constants.get(inputs[1] ?? "");
  const over = (numbers(attributes.axes) ?? (given && Array.from(given.data, Number)))?.map(
    (axis) => (axis < 0 ? axis + rank : axis),
  );
  if (!over || axes?.some((axis) => over.includes(axis))) return { ...before, size: everything };
  if (!axes || numberOr(attributes.keepdims, 1) === 1) return before;
  return { size, jump, axes: pair((d) => axes[d] - over.filter((a) => a < axes[d]).length) };
}

function pair(of: (direction: 0 | 1) => number): Pair {
  return [of(0), of(1)];
}
