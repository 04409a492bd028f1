/**
 * Convolutions that onnxruntime 1.30 computes wrongly on WebGPU, without an error; found by comparison with its CPU
 * provider. First: from 6, 9, 15, … input channels (a multiple of 3 but not of 4) to a multiple of 4: the shader
 * reads three channels at a time and counts them as four; only 3 channels give the right result. Second: groups with
 * more than four outputs that are not a multiple of its vector size.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import { type FloatTensor, floatTensor, type Graph, type Node } from "../../graph/graph.ts";
import { numberOr } from "../../graph/window.ts";

/** Whether `node` is such a convolution. Only constant weights are checked: networks have no others. */
export function needsOtherConv(node: Node, graph: Graph): boolean {
  const dims = node.op === "Conv" ? weightsOf(node, graph)?.dims : undefined;
  if (!dims) return false;
  const group = groupsOf(node);
  return group === 1 ? isMiscounted(dims) : isMisgrouped(dims[0]!, group);
}

/** Add `node` with zero channels up to a multiple of 4, or split by group. */
export function addConv(b: GraphBuilder, node: Node, _: unknown, graph: Graph): void {
  const weights = weightsOf(node, graph)!;
  const group = groupsOf(node);
  if (group === 1) {
    addWide(b, node, weights);
    return;
  }
  const [x, , bias] = node.inputs as [string, string, string?];
  const [to, from, ...kernel] = weights.dims as [number, number, ...number[]];
  const [outputs, size] = [to / group, weights.data.length / group];
  const parts = Array.from({ length: group }, (__, i) => {
    const [first, last] = [b.ints(i * from), b.ints((i + 1) * from)];
    const own = b.op("Slice", [x, first, last, b.ints(1)], {}, "group");
    const data = weights.data.subarray(i * size, (i + 1) * size);
    const part = floatTensor([outputs, from, ...kernel], data);
    const name = b.unique("group_conv");
    const inputs = [own, b.constant(part, "group_weights")];
    if (bias) {
      const ends = [b.ints(i * outputs), b.ints((i + 1) * outputs), b.ints(0)];
      inputs.push(b.op("Slice", [bias, ...ends]));
    }
    const single = { ...node, name, inputs, outputs: [name] };
    const one: Node = { ...single, attributes: { ...node.attributes, group: 1 } };
    if (isMiscounted(part.dims)) addWide(b, one, part);
    else b.node(one);
    return name;
  });
  b.opNamed("Concat", parts, { axis: 1 }, node.outputs[0]!);
}

function addWide(b: GraphBuilder, node: Node, { dims, data }: FloatTensor): void {
  const [x, , ...bias] = node.inputs as [string, string, ...string[]];
  const [to, from, ...kernel] = dims as [number, number, ...number[]];
  const extra = 4 - (from % 4);
  const wide = floatTensor([to, from + extra, ...kernel]);
  const [own, all] = [data.length / to, wide.data.length / to];
  for (let i = 0; i < to; i++) wide.data.set(data.subarray(i * own, (i + 1) * own), i * all);
  const none = kernel.map(() => 0);
  const padded = b.op("Pad", [x, b.ints(0, 0, ...none, 0, extra, ...none)]);
  b.node({ ...node, inputs: [padded, b.constant(wide, "wide_weights"), ...bias] });
}

function isMiscounted([to, from]: readonly number[]): boolean {
  return from! > 3 && from! % 3 === 0 && from! % 4 !== 0 && to! % 4 === 0;
}

function isMisgrouped(to: number, group: number): boolean {
  const vector = to % 4 === 0 ? 4 : to % 2 === 0 ? 2 : 1;
  const outputs = to / group;
  return outputs > 4 && outputs % vector !== 0;
}

function weightsOf({ inputs }: Node, { initializers }: Graph): FloatTensor | undefined {
  const weights = initializers.get(inputs[1] ?? "");
  return weights?.type === "float32" ? weights : undefined;
}

function groupsOf({ attributes }: Node): number {
  return numberOr(attributes.group, 1);
}
