import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeImage } from "../../../src/image/image.ts";
import { SceneFiles } from "../../../src/pipeline/plan/scene-files.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";

const folder = await temporaryFolder();
afterAll(() => folder.remove());

test("pictures added to a sequence after it was read are not used", async () => {
  const write = (i: number): Promise<void> =>
    writeImage(randomFrame(i, 8, 8), join(folder.path, `shot/${i}.png`));
  await mkdir(join(folder.path, "shot"));
  await Promise.all([write(1), write(2)]);
  const scene = parseScene("source: { frames: shot/%d.png }", {
    path: join(folder.path, "scene.yaml"),
  });
  const files = await SceneFiles.read(scene);
  await write(3);
  const pictures = [1, 2].map((i) => join(folder.path, `shot/${i}.png`));
  expect(files.of(scene)).toEqual(pictures);
  expect(files.list().map(({ file }) => file)).toEqual(pictures);
});

test("a missing file is reported as missing, not as changed", async () => {
  const scene = parseScene("source: { image: none.png }", { path: join(folder.path, "s.yaml") });
  await expect(SceneFiles.read(scene)).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
    message: `${join(folder.path, "none.png")}: the file does not exist`,
    where: `${join(folder.path, "s.yaml")}:1:18`,
    problems: [{ path: ["source", "image"], line: 1, column: 18 }],
  });
});
