/** What a graph from a file must keep to before anything else looks at it. */
import { DreamError } from "../../errors.ts";
import type { Graph, Node } from "../graph.ts";

/** The largest networks people dream with have a few thousand. */
const maxNodes = 10_000;
/** Inputs and outputs of a node; a dense block joins a few hundred. */
const maxPlaces = 1024;
const longestName = 1000;

/**
 * Throws `MODEL_INVALID` where names are made twice, are missing, or mean something to JavaScript, and where the graph is
 * larger than any network.
 */
export function checkGraph({ nodes, initializers, inputs, outputs }: Graph): void {
  if (nodes.length > maxNodes) throw invalid(`it has ${nodes.length} nodes, more than ${maxNodes}`);
  const made = new Set<string>();
  const make = (name: string): void => {
    if (made.has(name)) throw invalid(`the value "${name}" is made twice`);
    made.add(name);
  };
  for (const name of initializers.keys()) make(checkName(name));
  for (const { name } of inputs) make(checkName(name));
  for (const node of nodes) {
    checkNode(node);
    for (const name of node.outputs) if (name !== "") make(name);
  }
  for (const { name } of outputs) checkName(name);
}

function checkNode({ op, name, inputs, outputs }: Node): void {
  // Ops are looked up in tables.
  if (!/^\w+$/.test(op) || op in {} || op.length > longestName)
    throw invalid(`"${op.slice(0, longestName)}" is not the name of an op`);
  if (!outputs[0]) throw invalid(`${op} "${name.slice(0, longestName)}" makes nothing`);
  if (inputs.length > maxPlaces || outputs.length > maxPlaces)
    throw invalid(
      `${op} "${name.slice(0, longestName)}" has more than ${maxPlaces} inputs or outputs`,
    );
  if (name.length > longestName) throw invalid("a node's name is longer than a page");
  for (const value of [...inputs, ...outputs]) if (value !== "") checkName(value);
}

function checkName(name: string): string {
  if (name === "") throw invalid("a value has no name");
  if (name.length > longestName) throw invalid("a value's name is longer than a page");
  if (name in {}) throw invalid(`"${name}" cannot be a value's name here`);
  return name;
}

function invalid(why: string): DreamError {
  return new DreamError("MODEL_INVALID", `the network is not well formed: ${why}`);
}

/**
 * Do `work` on a network somebody else made. What our code trips over there, such as a missing input or a list of the
 * wrong length, is the network's fault: `MODEL_INVALID`.
 */
export function onForeignGraph<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new DreamError("MODEL_INVALID", `the network is not well formed: ${cause.message}`, {
      hint: "Does onnx.checker take it? If it does, please report this with the network.",
      cause,
    });
  }
}
