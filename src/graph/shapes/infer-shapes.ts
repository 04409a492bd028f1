/**
 * Static shapes of every value, for concrete input sizes. Graphs are specialised per picture size, so nothing is
 * symbolic. Small integer tensors are evaluated, so that computed Reshape targets are known.
 */
import { DreamError } from "../../errors.ts";
import type { Graph, Node, Tensor } from "../graph.ts";
import { highestRank, maxValues } from "../onnx/tensor.ts";
import { spatialDims } from "../picture.ts";
import { type MismatchReason, ShapeMismatch } from "../shape-mismatch.ts";
import { checkNodeShapes } from "./shape-checks.ts";
import type { KnownValues, ShapeContext } from "./shape-context.ts";
import { shapeRules } from "./shape-rules.ts";
import { evaluateKnown } from "./shape-values.ts";

/** Facts about a graph's values that are known before it runs. */
export interface Analysis {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Small tensors that depend only on shapes. */
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

/** Most values in an evaluated tensor; shapes and similar tensors are short. */
const maxKnown = 4096;

/** Shapes and the small tensors computed from them. Throws the errors of `inferShapes`. */
export function analyse(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): Analysis {
  const found = beginAnalysis(graph, inputDims);
  for (const node of graph.nodes) found.add(node);
  return found;
}

/** An analysis that is extended node by node while the graph is built. */
export interface OpenAnalysis extends Analysis {
  /**
   * Infer the shapes of `node`'s outputs. Throws the errors of `inferShapes` and then leaves the outputs without
   * shapes.
   */
  readonly add: (node: Node) => void;
  readonly addConstant: (name: string, tensor: Tensor) => void;
}

/** An analysis that contains no node yet. */
export function beginAnalysis(
  graph: Graph,
  inputDims: Readonly<Record<string, readonly number[]>>,
): OpenAnalysis {
  const constant = constants(graph);
  const picture = graph.inputs[0];
  const sides = spatialDims(inputDims[picture?.name ?? ""] ?? picture?.dims ?? []);
  const found: Found = { ...constant, picture: sides };
  for (const { name, dims } of graph.inputs) {
    const given =
      inputDims[name] ??
      (dims.every((d) => typeof d === "number") ? (dims as number[]) : undefined);
    if (!given)
      throw new ShapeMismatch(
        `no size is given for the graph's input "${name}" [${dims.join(", ")}]`,
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

/** `inferShapes` for the nodes whose inputs fit; values that depend on others have no shape. */
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

/**
 * Shapes that are known without input sizes. A value cropped or padded at run time has none, but the next Reshape
 * restores it.
 */
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
        hint: "Layers before it are supported. ARCHITECTURE.md lists the supported ops.",
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
      `it was exported only for pictures of ${exportedFor.join(" × ")} px`,
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
    // Lists computed from shapes may be empty; maps may not.
    if (dims.length > 2 && size === 0)
      throw context.fail(`its output [${dims.join(", ")}] is empty`, "small");
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

/** Values of a small tensor: integers, or a few floats such as the scales of Resize. */
function smallValues({ type, data }: Tensor): KnownValues | undefined {
  const float = type === "float32";
  if (data.length > (float ? 64 : maxKnown) || !(float || type === "int64" || type === "int32"))
    return undefined;
  return { values: Array.from(data as ArrayLike<number | bigint>, Number), float };
}
