import type { FloatTensor, Graph, Node, Tensor } from "../graph.ts";
import { floatTensor } from "../graph.ts";
import { numberOr } from "../window.ts";

/**
 * Fold inference-time BatchNormalization into the Conv or Gemm before it, if that node's weights are constant and no
 * other node reads its output. The folded node produces the norm's output.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const uses = countUses(graph);
  const makers = new Map(graph.nodes.map((node): [string, Node] => [node.outputs[0]!, node]));
  const initializers = new Map(graph.initializers);
  const replaced = new Map<Node, Node | undefined>();
  for (const norm of graph.nodes) {
    if (norm.op !== "BatchNormalization") continue;
    const host = makers.get(norm.inputs[0]!);
    if (!host || (host.op !== "Conv" && host.op !== "Gemm") || uses.get(norm.inputs[0]!) !== 1)
      continue;
    const folded = fold(host, norm, initializers);
    if (!folded) continue;
    replaced.set(host, folded);
    replaced.set(norm, undefined);
  }
  const nodes = graph.nodes.flatMap((node) =>
    replaced.has(node) ? (replaced.get(node) ?? []) : node,
  );
  return { ...graph, nodes, initializers };
}

function fold(host: Node, norm: Node, initializers: Map<string, Tensor>): Node | undefined {
  const float = (name: string | undefined): FloatTensor | undefined => {
    const tensor = initializers.get(name ?? "");
    return tensor?.type === "float32" ? tensor : undefined;
  };
  const weights = float(host.inputs[1]);
  const parts = norm.inputs.slice(1, 5).map(float);
  const hasBias = Boolean(host.inputs[2]);
  const oldBias = float(host.inputs[2]);
  const [scale, shift, mean, variance] = parts;
  if (!weights || !scale || !shift || !mean || !variance || (hasBias && !oldBias)) return undefined;
  const plainGemm = ["transA", "transB", "alpha", "beta"].every(
    (key) =>
      host.attributes[key] === undefined ||
      host.attributes[key] === (key === "alpha" || key === "beta" ? 1 : key === "transB" ? 1 : 0),
  );
  if (host.op === "Gemm" && (!plainGemm || host.attributes.transB !== 1)) return undefined;

  const channels = weights.dims[0]!;
  const epsilon = numberOr(norm.attributes.epsilon, 1e-5);
  const perChannel = weights.data.length / channels;
  const factor = Float64Array.from(
    { length: channels },
    (_, c) => scale.data[c]! / Math.sqrt(variance.data[c]! + epsilon),
  );
  const newWeights = weights.data.map((w, i) => w * factor[Math.floor(i / perChannel)]!);
  const newBias = Float32Array.from(
    { length: channels },
    (_, c) => shift.data[c]! + ((oldBias?.data[c] ?? 0) - mean.data[c]!) * factor[c]!,
  );
  const output = norm.outputs[0]!;
  const [weightName, biasName] = [`${output}/weight`, `${output}/bias`];
  initializers.set(weightName, { type: "float32", dims: weights.dims, data: newWeights });
  initializers.set(biasName, floatTensor([channels], newBias));
  return { ...host, inputs: [host.inputs[0]!, weightName, biasName], outputs: [output] };
}

function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  for (const name of [
    ...graph.nodes.flatMap((node) => node.inputs),
    ...graph.outputs.map((value) => value.name),
  ]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return uses;
}
