/**
 * Dream the pictures of pocket's layers that come with the package, for the studio's layer browser:
 * `npx tsx training/layer-pictures.ts`, after each training.
 */
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseScene } from "../src/scene/parse.ts";
import { bundledTiles, renderAtlasTile } from "../src/studio/atlas-tile.ts";
import { Workshop } from "../src/studio/workshop.ts";

const root = fileURLToPath(bundledTiles);
await rm(root, { recursive: true, force: true });
process.env.DREAMREEL_CACHE = await mkdtemp(join(tmpdir(), "dreamreel-layers-"));
const workshop = new Workshop();
const scene = { text: "source: noise\nduration: 1s", file: join(root, "scene.yaml"), folder: root };
const { network } = await workshop.dreamer(parseScene(scene.text, { path: scene.file }));
for (const { name, stride } of network.layers) {
  // The picture of the classes depends on which one is asked for.
  if (stride === 0) continue;
  const call = { ...scene, layer: name };
  const { file } = await renderAtlasTile(workshop, call, new AbortController().signal);
  const folder = join(root, basename(dirname(file)));
  await mkdir(folder, { recursive: true });
  await copyFile(file, join(folder, basename(file)));
  console.log(name);
}
await workshop.close();
await rm(process.env.DREAMREEL_CACHE, { recursive: true });
