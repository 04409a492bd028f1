/**
 * Invalid networks are either opened and differentiated, or refused; onnxruntime, which is native code, does not
 * crash.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { DreamError } from "../../src/errors.ts";
import { openNetwork } from "../../src/models/open.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { fuzzSeeds, fuzzTimeout } from "../helpers/fuzz.ts";
import { sampleOnnx, spoilModel } from "../helpers/hostile-onnx.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame } from "../helpers/network.ts";

const engine = createOrtEngine("cpu", { threads: 1 });
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const preprocess = { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] } as const;

/**
 * Whether there was a gradient and a dream. Rethrows every error that is not a DreamError, and every unexplained
 * failure.
 */
async function dreamOrRefuse(bytes: Uint8Array): Promise<boolean> {
  const file = join(folder.path, "net.onnx");
  await writeFile(file, bytes);
  try {
    const network = await openNetwork({ file, preprocess });
    const layers = { [network.layers.at(-1)?.name ?? "none"]: 1 };
    const dreamer = new Dreamer(network, engine);
    try {
      // At its own size, at other sizes, and in tiles.
      for (const [height, width] of [
        [8, 8],
        [13, 10],
      ] as const)
        await dreamer.gradient(randomFrame(1, height, width), { layers });
      const settings = dreamer.settings({ layers, octaves: 1, iterations: 1, tile: 64 });
      await dreamer.dream(randomFrame(1, 65, 66), settings, 1);
    } finally {
      await dreamer.dispose();
    }
    return true;
  } catch (error) {
    if (!(error instanceof DreamError) || error.code === "INTERNAL") throw error;
    return false;
  }
}

test("an invalid network gives a gradient or one error", { timeout: fuzzTimeout }, async () => {
  const sample = sampleOnnx();
  expect(await dreamOrRefuse(sample)).toBe(true);
  const seeds = fuzzSeeds(300);
  let dreamed = 0;
  for (const seed of seeds) {
    try {
      if (await dreamOrRefuse(spoilModel(sample, seed))) dreamed++;
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
  }
  expect(dreamed).toBeGreaterThan(0);
  expect(dreamed).toBeLessThan(seeds.length);
});
