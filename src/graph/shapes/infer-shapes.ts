/**
 * Static shapes of every value, for concrete input sizes. Graphs are specialised per picture size,
 * so nothing is symbolic; small integer tensors are evaluated, so that computed Reshape targets are known.
 */
import { DreamError } from "../../errors.ts";
import type { Graph, Node, Tensor } from "../graph.ts";
import { highestRank, maxValues } from "../onnx/tensor.ts";
import { sidesOf } from "../picture.ts";
import { type MismatchReason, ShapeMismatch } from "../shape-mismatch.ts";
import { checkNodeShapes } from "./shape-checks.ts";
import type { KnownValues, ShapeContext } from "./shape-context.ts";
import { shapeRules } from "./shape-rules.ts";
import { evaluateKnown } from "./shape-values.ts";

/** What can be told of a graph's values before it runs. */
export interface Analysis {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Small tensors that depend on shapes alone. */
  readonly known: ReadonlyMap<string, KnownValues>;
}

/**
 * Shapes of all values of `graph` when its inputs have `inputDims`.
 * Throws `MODEL_UNSUPPORTED_OP` for an op without a rule, `SHAPE_MISMATCH` where shapes do not fit.
 */
export function inferShapes(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, readonly number[]> {
  return analyse(graph, inputDims).shapes;
}

/** Numbers of a tensor that is evaluated here; shapes and their like are short. */
const maxKnown = 4096;

/** `inferShapes`, with the numbers that are computed from shapes. Throws the same. */
export function analyse(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): Analysis {
  const found = beginAnalysis(graph, inputDims);
  for (const node of graph.nodes) found.add(node);
  return found;
}

/** An analysis that goes through a graph node by node, as the graph is made. */
export interface OpenAnalysis extends Analysis {
  /** Find the shapes of `node`'s outputs; throws as `inferShapes` and leaves them without shapes. */
  readonly add: (node: Node) => void;
  readonly addConstant: (name: string, tensor: Tensor) => void;
}

/** `analyse` with no node looked at yet. */
export function beginAnalysis(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): OpenAnalysis {
  const constant = constants(graph);
  const picture = graph.inputs[0];
  const sides = sidesOf(inputDims[picture?.name ?? ""] ?? picture?.dims ?? []);
  const found: Found = { ...constant, picture: sides };
  for (const { name, dims } of graph.inputs) {
    const given =
      inputDims[name] ??
      (dims.every((d) => typeof d === "number") ? (dims as number[]) : undefined);
    if (!given)
      throw new ShapeMismatch(
        `no size given for the graph's input "${name}" [${dims.join(", ")}]`,
        "network",
      );
    found.shapes.set(name, given);
  }
  return {
    shapes: found.shapes,
    known: found.known,
    add: (node) => inferNode(node, found),
    addConstant: (name, tensor) => addConstant(found, name, tensor),
  };
}

/** `inferShapes` as far as values fit together; what depends on others has no shape. */
export function shapesWhereFit(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, readonly number[]> {
  const found = beginAnalysis(graph, inputDims);
  for (const node of graph.nodes) {
    try {
      found.add(node);
    } catch (error) {
      if (!(error instanceof DreamError)) throw error;
    }
  }
  return found.shapes;
}

/** Shapes as far as they are fixed: what is cut out or padded at run time has one again after the next Reshape. */
export function shapesSoFar(graph: Graph): ReadonlyMap<string, readonly number[]> {
  const found: Found = { ...constants(graph), picture: [] };
  const { shapes, known } = found;
  for (const { name, dims } of graph.inputs)
    if (dims.every((d) => typeof d === "number")) shapes.set(name, dims as number[]);
  for (const node of graph.nodes) {
    const target = node.op === "Reshape" ? known.get(node.inputs[1] ?? "")?.values : undefined;
    if (target?.every((d) => d > 0)) shapes.set(node.outputs[0]!, target);
    else if (shapeRules[node.op] && node.inputs.every((name) => !name || shapes.has(name))) {
      try {
        inferNode(node, found);
      } catch (error) {
        if (!(error instanceof DreamError)) throw error;
      }
    }
  }
  return shapes;
}

interface Found {
  readonly shapes: Map<string, readonly number[]>;
  readonly known: Map<string, KnownValues>;
  /** Names of weights and other constants. */
  readonly fixed: Set<string>;
  /** Height and width of the picture. */
  readonly picture: readonly (number | string)[];
}

type Constants = Omit<Found, "picture">;

function constants({ initializers }: Graph): Constants {
  const found: Constants = { shapes: new Map(), known: new Map(), fixed: new Set() };
  for (const [name, tensor] of initializers) addConstant(found, name, tensor);
  return found;
}

function addConstant({ shapes, known, fixed }: Constants, name: string, tensor: Tensor): void {
  shapes.set(name, tensor.dims);
  fixed.add(name);
  const values = smallValues(tensor);
  if (values) known.set(name, values);
}

function inferNode(node: Node, { shapes, known, fixed, picture }: Found): void {
  const rule = shapeRules[node.op];
  if (!rule) {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `op ${node.op} (node "${node.name || node.outputs[0]}") is not supported`,
      {
        hint: "Layers before it can be used; ARCHITECTURE.md lists the supported ops.",
      },
    );
  }
  const context: ShapeContext = {
    node,
    dims: (index) => {
      const dims = shapes.get(node.inputs[index] ?? "");
      if (!dims) throw mismatch(node, shapes, `input ${index} has no shape`);
      return dims;
    },
    has: (index) => Boolean(node.inputs[index]),
    known: (index) => known.get(node.inputs[index] ?? ""),
    integers: (index) => known.get(node.inputs[index] ?? "")?.values,
    isConstant: (index) => fixed.has(node.inputs[index] ?? ""),
    fail: (message, reason) => mismatch(node, shapes, message, reason),
  };
  const { exportedFor } = node;
  if (exportedFor && exportedFor.join() !== picture.join())
    throw context.fail(
      `it was exported for pictures of ${exportedFor.join(" × ")} px alone`,
      "fixed",
    );
  checkNodeShapes(context);
  const outputs = rule(context);
  outputs.forEach((dims, i) => {
    const name = node.outputs[i];
    if (!name) return;
    const size = dims.reduce((a, b) => a * b, 1);
    const fits = dims.length <= highestRank && size <= maxValues;
    if (!fits || dims.some((d) => !Number.isInteger(d) || d < 0))
      throw context.fail(
        `its output would be [${dims.join(", ")}]`,
        dims.every((d) => d >= 0) ? "uneven" : "small",
      );
    // Lists that are computed from shapes may be empty; maps are not.
    if (dims.length > 2 && size === 0)
      throw context.fail(`nothing is left in its output [${dims.join(", ")}]`, "small");
    shapes.set(name, dims);
  });
  const values = evaluateKnown(context, shapes);
  if (values && node.outputs[0] && values.values.length <= maxKnown)
    known.set(node.outputs[0], values);
}

function mismatch(
  node: Node,
  shapes: ReadonlyMap<string, readonly number[]>,
  message: string,
  reason: MismatchReason = "network",
): ShapeMismatch {
  const inputs = node.inputs
    .filter(Boolean)
    .map((name) => `${name} [${shapes.get(name)?.join(", ") ?? "?"}]`);
  return new ShapeMismatch(
    `${node.op} "${node.name || node.outputs[0]}": ${message}; inputs: ${inputs.join(", ")}`,
    reason,
  );
}

/** Values of a small tensor: of integers, or of a few floats such as the scales of Resize. */
function smallValues({ type, data }: Tensor): KnownValues | undefined {
  const float = type === "float32";
  if (data.length > (float ? 64 : maxKnown) || !(float || type === "int64" || type === "int32"))
    return undefined;
  return { values: Array.from(data as ArrayLike<number | bigint>, Number), float };
}
