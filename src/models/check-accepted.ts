import type { Graph, Tensor, ValueInfo } from "../graph/graph.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import { specialise } from "../graph/passes/specialise.ts";
import type { Network } from "../network.ts";
import { createOrtEngine } from "../runtime/ort/engine.ts";
import { engineFor } from "../runtime/ort/network-engine.ts";

/** Tensors with more values than this are weights; smaller ones may be shapes, axes or scales. */
const maxParameters = 64;

/**
 * Throws `MODEL_INVALID` with onnxruntime's reason if it refuses the network's graph, for example because an op has
 * an unknown attribute. `where` names the network's file. Call it before nodes are added to the graph, so that the
 * failure is the network's own.
 */
export async function checkAccepted(
  { graph, input, nativeSize }: Pick<Network, "graph" | "input" | "nativeSize">,
  where: string,
): Promise<void> {
  const dims = { [input]: [1, 3, nativeSize, nativeSize] };
  const sized = onForeignGraph(() => specialise(graph, dims));
  const engine = engineFor(where, createOrtEngine("cpu", { threads: 1 }));
  try {
    await engine.load(withoutWeights(sized.graph));
  } finally {
    await engine.dispose();
  }
}

/** `graph` with its weights as inputs, so that it loads in milliseconds, whatever their size. */
function withoutWeights(graph: Graph): Graph {
  const inputs: ValueInfo[] = [...graph.inputs];
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers) {
    if (tensor.type === "float32" && tensor.data.length > maxParameters)
      inputs.push({ name, type: tensor.type, dims: tensor.dims });
    else initializers.set(name, tensor);
  }
  return { ...graph, inputs, initializers };
}
