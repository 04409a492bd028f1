/** The pictures of pocket's layers that come with the package. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../../src/image/image.ts";
import { dreamTile } from "../../src/pipeline/stills/atlas-tile.ts";
import { parseScene } from "../../src/scene/parse.ts";
import {
  bundledTiles,
  dreamedTiles,
  keptTile,
  renderAtlasTile,
} from "../../src/studio/atlas-tile.ts";
import { Workshop } from "../../src/studio/workshop.ts";

const now = { text: "source: noise\nduration: 1s\nengine: cpu", file: "/scene.yaml", folder: "/" };
let cache: string;
let workshop: Workshop;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "dreamreel-test-"));
  process.env.DREAMREEL_CACHE = cache;
  workshop = new Workshop();
});
afterAll(async () => {
  await workshop.close();
  delete process.env.DREAMREEL_CACHE;
  await rm(cache, { recursive: true });
});

test("every layer with a picture has one, of the network as it is bundled", async () => {
  const dreamer = await workshop.dreamer(parseScene(now.text, { path: now.file }));
  const names = dreamer.network.layers.filter(({ stride }) => stride > 0).map(({ name }) => name);
  expect([...(await dreamedTiles(workshop, now))].sort()).toEqual([...names].sort());
  expect(await readdir(bundledTiles)).toHaveLength(1);
});

test("they are what the layer dreams", async () => {
  const bundled = async (layer: string): Promise<Float32Array> =>
    (await readImage((await keptTile(workshop, { ...now, layer }))!.file)).data;
  const strokes = await bundled("strokes");
  const edges = await bundled("edges");
  // A channel of no picture yet: the cache gets it, the package does not.
  expect(await keptTile(workshop, { ...now, layer: "edges", channel: 0 })).toBeNull();
  const call = { ...now, layer: "edges", channel: 0 };
  const made = await renderAtlasTile(workshop, call, new AbortController().signal);
  expect(dirname(dirname(dirname(made.file)))).toBe(cache);
  expect(basename(made.file)).toBe("edges%3A0.jpg");

  const scene = parseScene(now.text, { path: now.file });
  const [dreamer, engine] = [await workshop.dreamer(scene), await workshop.engine(scene)];
  const fresh = await dreamTile(dreamer, engine, { target: "edges", side: 160, seed: 1 });
  expect(difference(fresh.data, edges)).toBeLessThan(0.03);
  expect(difference(fresh.data, strokes)).toBeGreaterThan(0.09);
});

function difference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}
