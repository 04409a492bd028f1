import type { Tensor } from "@tensorflow/tfjs-core";
import { DreamError, messageOf } from "../../errors.ts";
import type { Graph, Node } from "../../graph/graph.ts";
import type { Tfjs } from "./load.ts";
import { type OpContext, unsupported } from "./op.ts";
import { tfjsOps } from "./ops.ts";
import { Value } from "./value.ts";

/** Values that stay on the device between runs. */
export interface Resident {
  readonly tf: Tfjs;
  /** The graph's initializers. */
  readonly constants: ReadonlyMap<string, Value>;
  readonly memo: Map<string, Tensor>;
}

export function makeResident(tf: Tfjs, graph: Graph): Resident {
  const entries = [...graph.initializers].map(
    ([name, tensor]) => [name, Value.ofHost(tf, tensor)] as const,
  );
  return { tf, constants: new Map(entries), memo: new Map() };
}

export function disposeResident({ constants, memo }: Resident): void {
  for (const value of constants.values()) value.dispose();
  for (const tensor of memo.values()) tensor.dispose();
  memo.clear();
}

export interface InterpretOptions {
  /** Whether TensorFlow.js differentiates the run: ops are not fused, and nothing is freed before the run ends. */
  readonly differentiated?: boolean;
}

/**
 * Run `graph` node by node and return its outputs. The caller disposes `feeds` and outputs; intermediate values are
 * freed after their last use. Throws `MODEL_UNSUPPORTED_OP` for an unsupported op.
 */
export function interpret(
  graph: Graph,
  resident: Resident,
  feeds: ReadonlyMap<string, Value>,
  { differentiated = false }: InterpretOptions = {},
): Map<string, Value> {
  const { constants } = resident;
  const made = new Map<string, Value>();
  const lookup = (name: string): Value => made.get(name) ?? feeds.get(name) ?? constants.get(name)!;
  const expiring = differentiated ? [] : lastUses(graph);
  graph.nodes.forEach((node, index) => {
    for (const [name, value] of runNode(node, resident, lookup, !differentiated))
      made.set(name, value);
    for (const name of expiring[index] ?? []) {
      made.get(name)?.dispose();
      made.delete(name);
    }
  });
  return new Map(graph.outputs.map(({ name }) => [name, lookup(name)]));
}

function runNode(
  node: Node,
  { tf, memo }: Resident,
  lookup: (name: string) => Value,
  fuse: boolean,
): [string, Value][] {
  const op = tfjsOps[node.op];
  if (!op) throw unsupported(node);
  const context: OpContext = {
    tf,
    node,
    fuse,
    memo: (key, make) => {
      const full = `${node.outputs[0]} ${key}`;
      const known = memo.get(full) ?? tf.keep(make());
      memo.set(full, known);
      return known;
    },
    has: (index) => Boolean(node.inputs[index]),
    value: (index) => lookup(node.inputs[index]!),
  };
  const engine = tf.engine();
  engine.startScope(node.op);
  let values: readonly Value[] = [];
  try {
    values = [op(context)].flat();
  } catch (cause) {
    if (cause instanceof DreamError) throw cause;
    throw new DreamError(
      "INTERNAL",
      `engine tfjs failed in ${node.op} "${node.name || node.outputs[0]}": ${messageOf(cause)}`,
      { cause },
    );
  } finally {
    engine.endScope(values.flatMap((value) => value.tensors));
  }
  return node.outputs.map((name, i): [string, Value] => [name, values[i]!]);
}

/** For each node, the values that no later node reads. */
function lastUses({ nodes, outputs }: Graph): string[][] {
  const kept = new Set(outputs.map(({ name }) => name));
  const seen = new Set<string>();
  const expiring = nodes.map((): string[] => []);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const { inputs, outputs: made } = nodes[index]!;
    for (const name of [...inputs, ...made]) {
      // Also skips "", an omitted output.
      if (seen.has(name) || kept.has(name)) continue;
      seen.add(name);
      expiring[index]!.push(name);
    }
  }
  return expiring;
}
