import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor, type Graph } from "../../src/graph/graph.ts";
import { listLayers } from "../../src/models/layers.ts";
import { middleLayer } from "../../src/models/middle-layer.ts";
import { openNetwork } from "../../src/models/open.ts";

/** Eight 3×3 layers, every second with a skip connection. */
function chain(): Graph {
  const b = new GraphBuilder();
  let x = b.input("frame", [1, 3, "h", "w"]);
  for (let i = 1; i <= 4; i++) {
    const conv = (from: string, channels: number): string => {
      const kernel = b.constant(floatTensor([3, channels, 3, 3]));
      return b.op("Conv", [from, kernel], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] });
    };
    const inner = b.op("Relu", [conv(x, 3)], {}, `inner${i}`);
    x = b.op("Relu", [b.op("Add", [x, conv(inner, 3)])], {}, `end${i}`);
  }
  b.output(b.op("GlobalAveragePool", [x]), []);
  return b.build();
}

test("the middle layer is one that all later layers depend on, with half the receptive field", () => {
  const graph = chain();
  // The receptive fields are 5, 9, 13 and 17 px; inside a block, the skip connection bypasses the layer.
  expect(middleLayer(graph, listLayers(graph, 32, new Map()))).toBe("end1");
});

const file = join(import.meta.dirname, "../../../shared/networks/googlenet-bvlc.onnx");

test.skipIf(!existsSync(file))(
  "the real GoogLeNet (shared/networks, skipped if absent) dreams on inception_4c/output by default",
  async () => {
    const network = await openNetwork({ file });
    expect(network.defaults?.layers).toEqual({ "inception_4c/output": 1 });
  },
);
