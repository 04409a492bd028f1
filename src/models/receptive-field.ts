import type { Graph, Node } from "../graph/graph.ts";
import { numbers } from "../graph/window.ts";

/** What one activation sees. */
export interface Field {
  /** Side in px; infinite where it is the whole picture. */
  readonly size: number;
  /** px from what one sees to what its neighbour sees. */
  readonly jump: number;
}

const windows = new Set(["Conv", "MaxPool", "AveragePool"]);
const global = new Set([
  "GlobalAveragePool",
  "GlobalMaxPool",
  "ReduceMean",
  "ReduceMax",
  "Flatten",
]);

/**
 * The square of picture that each value can depend on. Windows add up along a path, and of several paths the
 * widest counts. Source: Araujo et al. 2019.
 */
export function receptiveFields(
  graph: Graph,
  input: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>([[input, { size: 1, jump: 1 }]]);
  for (const node of graph.nodes) {
    const seen = node.inputs.flatMap((name) => fields.get(name) ?? []);
    if (seen.length === 0) continue;
    const widest: Field = {
      size: Math.max(...seen.map(({ size }) => size)),
      jump: Math.max(...seen.map(({ jump }) => jump)),
    };
    const field = fieldAfter(node, widest, shapes);
    for (const name of node.outputs) fields.set(name, field);
  }
  return fields;
}

function fieldAfter(
  node: Node,
  { size, jump }: Field,
  shapes: ReadonlyMap<string, readonly number[]>,
): Field {
  const { attributes, op, inputs } = node;
  if (global.has(op)) return { size: Number.POSITIVE_INFINITY, jump };
  if (op === "ConvTranspose" || op === "Resize") {
    const [from, to] = [shapes.get(inputs[0]!)?.at(-1) ?? 1, shapes.get(node.outputs[0]!)?.at(-1)];
    return { size, jump: (jump * from) / (to ?? from) };
  }
  if (!windows.has(op)) return { size, jump };
  const kernel = numbers(attributes.kernel_shape) ?? shapes.get(inputs[1] ?? "")?.slice(2) ?? [1];
  const [dilation, stride] = [numbers(attributes.dilations), numbers(attributes.strides)];
  const extent = Math.max(...kernel.map((k, i) => (k - 1) * (dilation?.[i] ?? 1)));
  return { size: size + extent * jump, jump: jump * Math.max(1, ...(stride ?? [])) };
}
