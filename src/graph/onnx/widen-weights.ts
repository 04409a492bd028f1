import { DreamError } from "../../errors.ts";
import type { FloatTensor, Graph, Node, Tensor } from "../graph.ts";

/**
 * Convert weights stored in fewer bits to float32: float16, casts of it, and 8-bit weights with DequantizeLinear
 * (https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html), per tensor or per channel.
 *
 * Throws `MODEL_INVALID` if the scales do not fit the weights.
 */
export function widenWeights(graph: Graph): Graph {
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers)
    initializers.set(name, tensor.type === "float16" ? widen(tensor) : tensor);
  const nodes = graph.nodes.filter((node) => {
    const source = graph.initializers.get(node.inputs[0] ?? "");
    if (!source) return true;
    if (node.op === "Cast" && source.type === "float16" && node.attributes.to === 1)
      initializers.set(node.outputs[0]!, initializers.get(node.inputs[0]!)!);
    else if (node.op === "DequantizeLinear" && (source.type === "int8" || source.type === "uint8"))
      initializers.set(node.outputs[0]!, dequantized(node, source, initializers));
    else return true;
    return false;
  });
  return { ...graph, nodes, initializers };
}

function widen(tensor: Extract<Tensor, { type: "float16" }>): FloatTensor {
  return { type: "float32", dims: tensor.dims, data: Float32Array.from(tensor.data, halfToFloat) };
}

/** (weight − zero point) · scale, with one scale for all or one for each index of the node's axis. */
function dequantized(
  node: Node,
  { dims, data }: { readonly dims: readonly number[]; readonly data: Int8Array | Uint8Array },
  initializers: ReadonlyMap<string, Tensor>,
): FloatTensor {
  const [weights, scaleName, zeroName] = node.inputs as [string, string, string?];
  const scale = initializers.get(scaleName);
  const zero = zeroName ? initializers.get(zeroName) : undefined;
  const given = typeof node.attributes.axis === "number" ? node.attributes.axis : 1;
  const axis = given < 0 ? given + dims.length : given;
  const count = scale?.data.length ?? 0;
  if (scale?.type !== "float32" || (count !== 1 && count !== dims[axis]))
    throw new DreamError(
      "MODEL_INVALID",
      `DequantizeLinear of "${weights}" has ${count} scales for weights ${JSON.stringify(dims)} at axis ${given}`,
      { hint: "DequantizeLinear takes float32 scales: one, or one for each index of the axis." },
    );
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(data.length);
  const run = count === 1 ? out.length : inner;
  for (let start = 0, block = 0; start < out.length; start += run, block++) {
    const channel = block % count;
    const by = scale.data[channel]!;
    const origin = Number(zero?.data[channel] ?? 0);
    for (let i = start; i < start + run; i++) out[i] = (data[i]! - origin) * by;
  }
  return { type: "float32", dims, data: out };
}

/** Convert an IEEE 754 half-precision number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
