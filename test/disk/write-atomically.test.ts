import { expect, test } from "vitest";
import { checkName } from "../../src/disk/write-atomically.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { parseScene } from "../../src/scene/parse.ts";

test("a name too long for the files beside it is refused before anything is dreamed", async () => {
  const long = `${"y".repeat(241)}.mp4`;
  const scene = parseScene(`source: { noise: {} }\nduration: 1f\noutput: { file: ${long} }`, {
    path: "/films/scene.yaml",
  });
  const refused = { code: "OUTPUT_UNWRITABLE", hint: expect.stringMatching(/240 bytes or less/) };
  await expect(renderScene(scene)).rejects.toMatchObject(refused);
  expect(() => checkName("ö".repeat(121))).toThrow(expect.objectContaining(refused));
  expect(() => checkName(`folder/${"y".repeat(236)}.mp4`)).not.toThrow();
});
