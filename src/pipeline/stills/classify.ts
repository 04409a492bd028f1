import { DreamError } from "../../errors.ts";
import type { Frame } from "../../frame.ts";
import { cutAt } from "../../graph/cut.ts";
import type { FloatTensor } from "../../graph/graph.ts";
import type { Network } from "../../network.ts";
import type { Engine } from "../../runtime/engine.ts";
import { engineFor } from "../../runtime/ort/network-engine.ts";

export interface Classification {
  readonly label: string;
  /** Softmax of the logits, 0..1. */
  readonly probability: number;
}

/** The `count` most likely classes of a picture at the network's native size. Throws `SCENE_UNKNOWN_CLASS` without a classifier. */
export async function classify(
  network: Network,
  engine: Engine,
  frame: Frame,
  count: number,
): Promise<Classification[]> {
  const { logits, input, labels } = network;
  if (logits === undefined) {
    throw new DreamError(
      "SCENE_UNKNOWN_CLASS",
      `network "${network.name}" does not end in class scores`,
      { hint: "Choose a network that is a classifier." },
    );
  }
  const session = await engineFor(network.name, engine).load(cutAt(network.graph, [logits]));
  try {
    const picture: FloatTensor = {
      type: "float32",
      dims: [1, 3, frame.height, frame.width],
      data: frame.data,
    };
    const results = await session.run({ [input]: picture });
    const scores = (results[logits] as FloatTensor).data;
    const top = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const exponentials = Array.from(scores, (score) => Math.exp(score - top));
    const sum = exponentials.reduce((a, b) => a + b, 0);
    return exponentials
      .map((value, i) => ({ label: labels[i] ?? String(i), probability: value / sum }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, count);
  } finally {
    await session.dispose();
  }
}
