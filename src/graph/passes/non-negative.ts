import type { Graph } from "../graph.ts";

/** Ops whose output is never negative. */
const always = new Set(["Relu", "Sigmoid", "HardSigmoid", "Softplus", "Softmax", "Exp", "Abs"]);
/** Ops whose output is not negative if their inputs are not. */
const preserving = new Set([
  "AveragePool",
  "Concat",
  "DepthToSpace",
  "GlobalAveragePool",
  "Identity",
  "LRN",
  "MaxPool",
  "Reshape",
  "Slice",
  "SpaceToDepth",
  "Split",
  "Transpose",
]);

/** Names of the values of `graph` that are certain to hold no negative number. */
export function nonNegativeValues({ nodes }: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { op, inputs, outputs } of nodes) {
    const data = op === "Concat" ? inputs : inputs.slice(0, 1);
    if (always.has(op) || (preserving.has(op) && data.every((name) => found.has(name))))
      for (const name of outputs) found.add(name);
  }
  return found;
}
