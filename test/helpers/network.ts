import { createRandom } from "../../src/dream/random.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor } from "../../src/graph/graph.ts";
import type { Network } from "../../src/network.ts";

/** A classifier with seeded weights: `low` (6 channels, stride 1), `high` (8, stride 2), `logits` (4). */
export function tinyNetwork(seed: number): Network {
  const random = createRandom(seed);
  const b = new GraphBuilder();
  const weights = (dims: number[], scale: number): string => {
    const size = dims.reduce((x, y) => x * y, 1);
    const values = Array.from({ length: size }, () => (random() - 0.5) * scale);
    return b.constant(floatTensor(dims, values));
  };
  const frame = b.input("frame", [1, 3, "height", "width"]);
  const centred = b.op("Sub", [frame, b.scalar(0.5)]);
  const pads = [1, 1, 1, 1];
  const one = b.op("Conv", [centred, weights([6, 3, 3, 3], 1), weights([6], 0.2)], { pads });
  const low = b.op("Relu", [one], {}, "low");
  const strides = [2, 2];
  const two = b.op("Conv", [low, weights([8, 6, 3, 3], 0.8), weights([8], 0.2)], { strides, pads });
  const high = b.op("Relu", [two], {}, "high");
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [high])]);
  b.output(b.op("Gemm", [pooled, weights([4, 8], 2)], { transB: 1 }, "logits"), []);
  return {
    name: "tiny",
    graph: b.build(),
    input: "frame",
    layers: [
      { name: "low", op: "Relu", channels: 6, stride: 1 },
      { name: "high", op: "Relu", channels: 8, stride: 2 },
      { name: "logits", op: "Gemm", channels: 4, stride: 0 },
    ],
    aliases: new Map([["high_before_dropout", "high"]]),
    logits: "logits",
    nativeSize: 32,
    labels: ["goldfish, Carassius auratus", "king penguin", "tabby, tabby cat", "pier"],
  };
}

/** A seeded noise picture with values 0.2..0.8. */
export function randomFrame(seed: number, height: number, width: number): Frame {
  const random = createRandom(seed);
  const frame = createFrame(height, width);
  for (let i = 0; i < frame.data.length; i++) frame.data[i] = 0.2 + 0.6 * random();
  return frame;
}
