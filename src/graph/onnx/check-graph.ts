/** Limits that a graph from a file must meet before anything else reads it. */
import { DreamError } from "../../errors.ts";
import type { Graph, Node } from "../graph.ts";

/** The largest image networks have a few thousand. */
const maxNodes = 10_000;
/** Inputs and outputs of one node; a dense block joins a few hundred. */
const maxPlaces = 1024;
const longestName = 1000;

/**
 * Throws `MODEL_INVALID` if a name is defined twice, missing or a built-in name of JavaScript, or if the graph
 * exceeds the limits.
 */
export function checkGraph({ nodes, initializers, inputs, outputs }: Graph): void {
  if (nodes.length > maxNodes) throw invalid(`it has ${nodes.length} nodes, more than ${maxNodes}`);
  const made = new Set<string>();
  const make = (name: string): void => {
    if (made.has(name)) throw invalid(`the value "${name}" is defined twice`);
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
  // Op names are keys of lookup tables.
  if (!/^\w+$/.test(op) || op in {} || op.length > longestName)
    throw invalid(`"${op.slice(0, longestName)}" is not the name of an op`);
  if (!outputs[0]) throw invalid(`${op} "${name.slice(0, longestName)}" has no outputs`);
  if (inputs.length > maxPlaces || outputs.length > maxPlaces)
    throw invalid(
      `${op} "${name.slice(0, longestName)}" has more than ${maxPlaces} inputs or outputs`,
    );
  if (name.length > longestName)
    throw invalid(`a node's name is longer than ${longestName} characters`);
  for (const value of [...inputs, ...outputs]) if (value !== "") checkName(value);
}

function checkName(name: string): string {
  if (name === "") throw invalid("a value has no name");
  if (name.length > longestName)
    throw invalid(`a value's name is longer than ${longestName} characters`);
  if (name in {}) throw invalid(`"${name}" is a reserved name and cannot name a value`);
  return name;
}

function invalid(why: string): DreamError {
  return new DreamError("MODEL_INVALID", `the network is not well formed: ${why}`);
}

/**
 * Run `work` on an untrusted network. Errors that malformed input causes in our code, such as a missing input or a
 * list of the wrong length, become `MODEL_INVALID`.
 */
export function onForeignGraph<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new DreamError("MODEL_INVALID", `the network is not well formed: ${cause.message}`, {
      hint: "Check the file with onnx.checker. If it passes, please report this with the network.",
      cause,
    });
  }
}
