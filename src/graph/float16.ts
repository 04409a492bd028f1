import type { FloatTensor, Graph, Tensor } from "./graph.ts";

/** Turn float16 weights, and casts of them, into float32 weights. */
export function widenFloat16(graph: Graph): Graph {
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers)
    initializers.set(name, tensor.type === "float16" ? widen(tensor) : tensor);
  const nodes = graph.nodes.filter((node) => {
    const source = graph.initializers.get(node.inputs[0] ?? "");
    if (node.op !== "Cast" || source?.type !== "float16" || node.attributes.to !== 1) return true;
    initializers.set(node.outputs[0]!, initializers.get(node.inputs[0]!)!);
    return false;
  });
  return { ...graph, nodes, initializers };
}

function widen(tensor: Extract<Tensor, { type: "float16" }>): FloatTensor {
  return { type: "float32", dims: tensor.dims, data: Float32Array.from(tensor.data, halfToFloat) };
}

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
