import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../../src/frame.ts";
import { cutAt } from "../../../src/graph/cut.ts";
import type { FloatTensor } from "../../../src/graph/graph.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { classify } from "../../../src/pipeline/stills/classify.ts";
import { comparePreprocess } from "../../../src/pipeline/stills/compare-preprocess.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

const engine = createOrtEngine("cpu");
const network = tinyNetwork(3);
const frame: Frame = randomFrame(2, 32, 32);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

describe("classifying", () => {
  test("gives the softmax of the scores, the most likely class first", async () => {
    const session = await engine.load(cutAt(network.graph, ["logits"]));
    const { logits } = await session.run({
      frame: { type: "float32", dims: [1, 3, 32, 32], data: frame.data },
    });
    const powers = [...(logits as FloatTensor).data].map(Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    const results = await classify(network, engine, frame, 3);
    expect(results).toHaveLength(3);
    const best = powers.indexOf(Math.max(...powers));
    expect(results[0]!.label).toBe(network.labels[best]);
    expect(results[0]!.probability).toBeCloseTo(powers[best]! / sum, 5);
  });

  test("with compare gives a result for each of the usual preprocessings", async () => {
    const file = join(folder.path, "tiny.onnx");
    await writeFile(file, writeOnnx(network.graph));
    const results = await comparePreprocess(file, undefined, engine, frame);
    expect(results).toHaveLength(5);
    const probabilities = results.map(({ probability }) => probability);
    const [plain] = await classify(network, engine, frame, 1);
    expect(results.find(({ convention }) => convention === "RGB 0..1")!.probability).toBeCloseTo(
      plain!.probability,
      4,
    );
    expect(new Set(probabilities.map((p) => p.toFixed(4))).size).toBeGreaterThan(2);
  });
});
