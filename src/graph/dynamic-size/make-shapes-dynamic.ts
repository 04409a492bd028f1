import { DreamError } from "../../errors.ts";
import { GraphBuilder } from "../builder.ts";
import { type Attribute, type Graph, intTensor, type Node } from "../graph.ts";
import { ShapeMismatch } from "../shape-mismatch.ts";
import { beginAnalysis, inferShapes, type OpenAnalysis } from "../shapes/infer-shapes.ts";
import { losesMap } from "../shapes/size-bound.ts";
import { type Factor, fixedFactor, regroup } from "./regroup.ts";

type Dims = readonly number[];
type InputDims = Readonly<Record<string, Dims>>;

/** The size that a graph was exported for, and a second size that shows which lengths depend on the picture's size. */
export interface Export {
  /** Dimensions of the picture that the graph was exported for. */
  readonly own: InputDims;
  readonly probe: InputDims;
  /** Height and width of that picture if the file accepts no other; absent if the file declares other sizes valid. */
  readonly only?: Dims;
}

/**
 * Make reshapes follow the picture's size where their targets contain the exported size, as in channel shuffles: a
 * length in a target depends on the picture if the elements that it counts do. Ambiguous reshapes stay unchanged and
 * are marked with the exported size, the only one that they then accept.
 */
export function makeShapesDynamic(graph: Graph, { own, probe, only }: Export): Graph {
  const exported = inferShapes(graph, own);
  const found = beginAnalysis(graph, probe);
  const b = new GraphBuilder({ ...graph, nodes: [] });
  const merged = new Map<string, readonly Factor[]>();
  const bound = (node: Node): Node => (only ? { ...node, exportedFor: only } : node);

  for (const node of graph.nodes) {
    const [from, to] = [node.inputs[0], node.outputs[0]].map((name) => exported.get(name ?? ""));
    const now = found.shapes.get(node.inputs[0] ?? "");
    const reason = tryOut(found, node);
    const regroups = node.op === "Reshape" || node.op === "Flatten";
    if (!regroups || !from || !to || !now || from.join() === now.join()) {
      b.node(reason === "fixed" || losesMap(node, exported, found) ? bound(node) : node);
      continue;
    }
    const groups = regroup(factorsOf(node.inputs[0]!, from, now, merged), to);
    if (!groups) {
      b.node(node.op === "Reshape" ? bound(node) : node);
      continue;
    }
    const lengths = groups.map((group) => group.reduce((size, factor) => size * factor.probe, 1));
    groups.forEach((group, i) => {
      if (group.length > 1 && to[i] !== lengths[i]) merged.set(`${to[i]} ${lengths[i]}`, group);
    });
    const right = found.shapes.get(node.outputs[0]!)?.join() === lengths.join();
    if (right || node.op === "Flatten" || (reason === undefined && !only)) {
      b.node(node);
      continue;
    }
    const freed = { ...node, inputs: [node.inputs[0]!, targetOf(groups, b, found)] };
    b.node(freed);
    tryOut(found, freed);
  }
  return b.build();
}

/** Infer the shapes of `node`. Returns the reason if that fails. */
function tryOut(found: OpenAnalysis, node: Node): string | undefined {
  try {
    found.add(node);
    return undefined;
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    return error instanceof ShapeMismatch ? error.reason : "unsupported";
  }
}

/** The factors of the lengths of `value`: lengths that an earlier reshape `merged` are split again. */
function factorsOf(
  value: string,
  exported: Dims,
  probe: Dims,
  merged: ReadonlyMap<string, readonly Factor[]>,
): Factor[] {
  return exported.flatMap((size, index) => {
    const other = probe[index]!;
    if (size === other) return [fixedFactor(size)];
    const parts = merged.get(`${size} ${other}`);
    return parts ?? [{ exported: size, probe: other, axis: { value, index } }];
  });
}

/** A reshape target with one length for each of `groups`, added to `b` and `found`. */
function targetOf(
  groups: readonly (readonly Factor[])[],
  b: GraphBuilder,
  found: OpenAnalysis,
): string {
  const op = (
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string => {
    const name = b.unique("size");
    const node = { op: type, name, inputs, outputs: [name], attributes };
    b.node(node);
    found.add(node);
    return name;
  };
  const ints = (...values: number[]): string => {
    const name = b.ints(...values);
    found.addConstant(name, intTensor(values));
    return name;
  };
  const lengths = groups.map((group) => {
    const fixed = group.reduce((size, factor) => (factor.axis ? size : size * factor.exported), 1);
    const free = group.flatMap(({ axis }) =>
      axis ? op("Slice", [op("Shape", [axis.value]), ints(axis.index), ints(axis.index + 1)]) : [],
    );
    const all = fixed === 1 && free.length > 0 ? free : [ints(fixed), ...free];
    return all.reduce((product, next) => op("Mul", [product, next]));
  });
  return op("Concat", lengths, { axis: 0 });
}
