import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cutAt } from "../src/graph/cut.ts";
import type { Network } from "../src/network.ts";

/** Write `network` up to `layer` for `peers/torch_graph.py`: its nodes as JSON, its weights and
 * indices as float32, one after the other. */
export async function exportForTorch(
  network: Network,
  layer: string,
  folder: string,
): Promise<void> {
  const { nodes, initializers } = cutAt(network.graph, [layer]);
  const weights = [...initializers];
  const parts = weights.map(([, { data }]) =>
    Buffer.from(Float32Array.from(data as ArrayLike<number | bigint>, Number).buffer),
  );
  const graph = {
    input: network.input,
    layer,
    weights: weights.map(([name, { dims }]) => [name, dims]),
    nodes: nodes.map(({ op, inputs, outputs, attributes }) => ({
      op,
      inputs,
      outputs,
      attributes,
    })),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  await writeFile(join(folder, "weights.bin"), Buffer.concat(parts));
}
