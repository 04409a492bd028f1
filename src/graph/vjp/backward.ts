import { DreamError } from "../../errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { loweredOps } from "../passes/lower.ts";
import { nonNegativeValues } from "../passes/non-negative.ts";
import { severalOutputs, vjpRules } from "./rules.ts";

/** Prefix of the names of gradient nodes, before the name of the node that is differentiated. */
export const gradientPrefix = "gradient of ";

/**
 * Reverse-mode differentiation at build time: add to `b` the nodes that propagate the cotangents `seeds` (value name
 * → its cotangent's name) back to `input`, and return the name of the result, of `input`'s shape.
 *
 * `b` already holds the nodes of `graph`; `shapes` are its concrete shapes. Nodes off the path between `input` and
 * the seeds are ignored, weights get no gradient, and cotangents of one value are summed. Throws
 * `MODEL_UNSUPPORTED_OP` for an op without a rule, with the op's name and the layers before it that are supported.
 */
export function backward(
  b: GraphBuilder,
  graph: Graph,
  shapes: ReadonlyMap<string, readonly number[]>,
  seeds: ReadonlyMap<string, string>,
  input: string,
): string {
  const active = dependents(graph, input);
  const cotangents = new Map<string, string[]>();
  const add = (name: string, cotangent: string): void => {
    const list = cotangents.get(name);
    if (list) list.push(cotangent);
    else cotangents.set(name, [cotangent]);
  };
  const total = (name: string): string | undefined => {
    const list = cotangents.get(name);
    // Pairwise Add, not Sum: the runtime folds an Add into the convolution that produces one of its operands.
    return list?.reduce((sum, cotangent) => b.op("Add", [sum, cotangent], {}, "cotangent"));
  };
  for (const [value, cotangent] of seeds) add(value, cotangent);
  const nonNegative = nonNegativeValues(graph);
  const context = {
    b,
    nonNegative: (name: string) => nonNegative.has(name),
    rectified: (name: string) =>
      !seeds.has(name) &&
      graph.nodes.every(({ op, inputs }) => op === "Relu" || !inputs.includes(name)),
    squared: (name: string) =>
      !seeds.has(name) &&
      graph.nodes.every(
        ({ op, inputs }) =>
          !inputs.includes(name) || (op === "Mul" && inputs.every((input) => input === name)),
      ),
    shape: (name: string): readonly number[] => shapes.get(name)!,
    constant: (name: string | undefined) => graph.initializers.get(name ?? ""),
    integers: (name: string | undefined) => {
      const tensor = graph.initializers.get(name ?? "");
      return tensor && Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    },
  };
  for (const node of [...graph.nodes].reverse()) {
    if (!active.has(node.outputs[0]!)) continue;
    if (!node.outputs.some((name) => cotangents.has(name))) continue;
    const rule = vjpRules[node.op];
    const totals = node.outputs.map(total);
    const g = totals[0];
    // Most rules read only the first output's cotangent; a cotangent of another output must not be lost.
    const lost = totals.slice(1).some((other) => other !== undefined) || g === undefined;
    if (!rule || (lost && !severalOutputs.has(node.op))) throw unsupported(graph, node, active);
    const needed = node.inputs.map((name) => active.has(name));
    const prefix = `${gradientPrefix}${node.op} "${node.name || node.outputs[0]}" in `;
    const found = b.named(prefix, () =>
      rule({ ...context, cotangents: totals }, node, g ?? "", needed),
    );
    found.forEach((cotangent, i) => {
      if (cotangent !== undefined && needed[i]) add(node.inputs[i]!, cotangent);
    });
  }
  const gradient = total(input);
  if (gradient === undefined) {
    throw new DreamError(
      "MODEL_INVALID",
      `${[...seeds.keys()].join(", ")} does not depend on the picture`,
    );
  }
  return gradient;
}

/** Names of the values that depend on `input`, itself included. */
function dependents(graph: Graph, input: string): Set<string> {
  const active = new Set([input]);
  for (const node of graph.nodes) {
    if (node.inputs.some((name) => active.has(name)))
      for (const name of node.outputs) active.add(name);
  }
  return active;
}

function unsupported(graph: Graph, node: Node, active: ReadonlySet<string>): DreamError {
  const usable: string[] = [];
  const broken = new Set<string>();
  for (const { op, inputs, outputs } of graph.nodes) {
    if (!active.has(outputs[0]!)) continue;
    if (!(vjpRules[op] || loweredOps.has(op)) || inputs.some((name) => broken.has(name)))
      for (const name of outputs) broken.add(name);
    else usable.push(outputs[0]!);
  }
  const last = usable.slice(-8).join(", ");
  return new DreamError(
    "MODEL_UNSUPPORTED_OP",
    `op ${node.op} (node "${node.name || node.outputs[0]}") has no gradient rule`,
    {
      hint:
        usable.length > 0
          ? `Layers before it are supported, the last of them: ${last}.`
          : "No layer of this network is supported.",
    },
  );
}
