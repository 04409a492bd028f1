/** Any file either gives a graph with known shapes or is refused. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DreamError } from "../../src/errors.ts";
import { makeSizeDynamic } from "../../src/graph/dynamic-size/make-size-dynamic.ts";
import { onForeignGraph } from "../../src/graph/onnx/check-graph.ts";
import { readOnnx, writeOnnx } from "../../src/graph/onnx/file.ts";
import { simplify } from "../../src/graph/onnx/simplify.ts";
import { inferShapes } from "../../src/graph/shapes/infer-shapes.ts";
import { cpuMs, fuzzSeeds, fuzzTimeout } from "../helpers/fuzz.ts";
import { sampleOnnx, spoilBytes, spoilModel } from "../helpers/hostile-onnx.ts";

const longestMs = 4000;

/** Whether the file was accepted. Rethrows every error that is not a DreamError. */
function readOrRefuse(bytes: Uint8Array): boolean {
  const started = cpuMs();
  try {
    onForeignGraph(() => {
      const graph = makeSizeDynamic(simplify(readOnnx(bytes)).graph, 8);
      inferShapes(graph, { [graph.inputs[0]!.name]: [1, 3, 12, 10] });
      writeOnnx(graph);
    });
    return true;
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    return false;
  } finally {
    expect(cpuMs() - started).toBeLessThan(longestMs);
  }
}

const sample = sampleOnnx();
const kinds = [
  ["bytes that are changed, cut and moved", spoilBytes],
  ["false shapes, names, ops and attributes", spoilModel],
] as const;

test.each(kinds)(
  "a network with %s is accepted or refused",
  { timeout: fuzzTimeout },
  (_, spoil) => {
    const seeds = fuzzSeeds(1500);
    let read = 0;
    for (const seed of seeds) {
      try {
        if (readOrRefuse(spoil(sample, seed))) read++;
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
    }
    // Some files must be accepted and some refused, so that the changes reach deep code.
    expect(read).toBeGreaterThan(seeds.length / 20);
    expect(read).toBeLessThan(seeds.length * 0.9);
  },
);

test("refuses the bundled network truncated at any byte", async () => {
  const bytes = await readFile(join(import.meta.dirname, "../../models/pocket.onnx"));
  for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
    const cut = bytes.subarray(0, bytes.length * share);
    expect(() => readOnnx(cut)).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
  }
  expect(readOnnx(bytes).nodes.length).toBeGreaterThan(10);
});
