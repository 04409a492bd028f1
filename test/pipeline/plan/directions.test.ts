/** Reads files of directions. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDirection } from "../../../src/pipeline/plan/directions.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

function npy(descr: string, bytes: Buffer): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }\n`;
  const start = Buffer.from("\u0093NUMPY\u0001\u0000\u0000\u0000", "latin1");
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), bytes]);
}

describe("a direction is read", () => {
  test("from text with any separators", () => {
    expect([...parseDirection(Buffer.from("1, -2.5\n3e-1;4\t0\n"))!]).toEqual(
      [1, -2.5, 3e-1, 4, 0].map(Math.fround),
    );
  });

  test("from .npy files of float32 and float64", () => {
    const four = Buffer.from(Float32Array.of(0.5, -3).buffer);
    const eight = Buffer.from(Float64Array.of(0.5, -3).buffer);
    expect([...parseDirection(npy("<f4", four))!]).toEqual([0.5, -3]);
    expect([...parseDirection(npy("<f8", eight))!]).toEqual([0.5, -3]);
    expect(parseDirection(npy("<i8", eight))).toBeUndefined();
    expect(parseDirection(npy("<f8", eight.subarray(1)))).toBeUndefined();
  });
});

describe("a scene with a direction", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const [name, text] of Object.entries({ short: "1 2 3", words: "one two", zero: "0 0" }))
      await writeFile(join(folder.path, `${name}.txt`), text);
  });
  afterAll(() => folder.remove());

  test.each([
    ["short", "SCENE_INVALID", "has 3 numbers, the layer"],
    ["words", "SCENE_INVALID", "is not a list of numbers"],
    ["zero", "SCENE_INVALID", "is not a list of numbers"],
    ["missing", "FILE_NOT_FOUND", "cannot be read"],
  ])("is refused if the file is %s, with the place in the scene", async (name, code, text) => {
    const scene = parseScene(
      `source: noise\nduration: 1f\noutput: { size: 32x32 }\ndream:\n  layers:\n    strokes: { objective: direction, file: ${name}.txt }\n`,
      { path: join(folder.path, "scene.yaml") },
    );
    await expect(prepareRender(scene, { engine: "cpu" })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
      where: expect.stringMatching(/scene\.yaml:6/),
    });
  });
});
