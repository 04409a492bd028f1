import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { decodeFlo } from "../../src/flow/flo-file.ts";
import { endpointError, type FlowField, makeFlow } from "../../src/flow/flow-field.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { readImage } from "../../src/image/image.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";

/** Two frames of a film with DeepFlow's flow and reliability; not part of the project. */
const folder = fileURLToPath(new URL("../../../shared/media/marple", import.meta.url));
const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

/** Grey values 0..255 of a binary PGM file. */
async function readPgm(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  const header = /^P5\s+(?:#.*\s+)?(\d+)\s+(\d+)\s+255\s/.exec(
    bytes.subarray(0, 100).toString("latin1"),
  )!;
  return bytes.subarray(header[0].length);
}

describe.skipIf(!existsSync(folder))("between two frames of a film (skipped without them)", () => {
  test("flow and reliability agree with DeepFlow's", async () => {
    const flo = (name: string): Promise<FlowField> => readFlo(`${folder}/${name}`);
    const [one, two] = await Promise.all(
      ["frame_01.png", "frame_02.png"].map((name) => readImage(`${folder}/${name}`)),
    );
    const deep = { forward: await flo("forward_1_2.flo"), backward: await flo("backward_2_1.flo") };
    const { forward, backward } = await new FlowEstimator(engine).estimate(one!, two!);
    const still = makeFlow(one!.height, one!.width, () => [0, 0]);
    for (const [ours, theirs] of [
      [forward, deep.forward],
      [backward, deep.backward],
    ] as const) {
      expect(endpointError(ours, theirs)).toBeLessThan(0.115);
      expect(endpointError(ours, theirs)).toBeLessThan(0.2 * endpointError(still, theirs));
    }
    // DeepFlow's reliability is on the first frame, which is the second picture of the reversed pair.
    const { reliable } = await new FlowEstimator(engine).estimate(two!, one!);
    const theirs = await readPgm(`${folder}/reliable_1_2.pgm`);
    expect(theirs).toHaveLength(reliable.length);
    const agree = reliable.filter((v, i) => v >= 0.5 === theirs[i]! >= 128).length;
    expect(agree / reliable.length).toBeGreaterThan(0.93);
  });
});

async function readFlo(file: string): Promise<FlowField> {
  return decodeFlo(await readFile(file), file);
}
