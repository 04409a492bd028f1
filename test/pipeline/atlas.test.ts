import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AtlasOptions, renderAtlas } from "../../src/pipeline/atlas.ts";
import { createOrtEngine } from "../../src/runtime/ort.ts";
import { drawText } from "../../src/video/bitmap-font.ts";
import { writeImage } from "../../src/video/image.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const network = tinyNetwork(3);
afterAll(() => engine.dispose());

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const atlas = (name: string, options: Partial<AtlasOptions> = {}) =>
  renderAtlas(network, engine, {
    output: join(folder.path, name),
    tile: 40,
    seed: 1,
    dream: { iterations: 2, octaves: 1, jitter: 2 },
    ...options,
  });

const pixels = (name: string): Promise<Buffer> => sharp(join(folder.path, name)).raw().toBuffer();

describe("an atlas", () => {
  test("shows every layer that has a map, labelled, and leaves nothing else behind", async () => {
    expect(await atlas("layers.png")).toMatchObject({ tiles: 2 });
    const { width, height } = await sharp(join(folder.path, "layers.png")).metadata();
    expect([width, height]).toEqual([3 + 2 * 43, 3 + 40 + 12 + 3]);
    // Ink of the label below the first tile.
    const label = await sharp(join(folder.path, "layers.png"))
      .extract({ left: 3, top: 43, width: 40, height: 12 })
      .greyscale()
      .raw()
      .toBuffer();
    const dots = drawText("low").data.filter((value) => value === 255).length;
    expect(label.filter((value) => value > 128)).toHaveLength(dots);
    expect(await readdir(folder.path)).toEqual(["layers.png"]);
  });

  test("shows every channel of a layer, each another dream", async () => {
    expect(await atlas("channels.png", { layer: "low", columns: 3 })).toMatchObject({ tiles: 6 });
    const cut = (column: number, row: number): Promise<Buffer> =>
      sharp(join(folder.path, "channels.png"))
        .extract({ left: 3 + column * 43, top: 3 + row * 55, width: 40, height: 40 })
        .raw()
        .toBuffer();
    const tiles = await Promise.all([cut(0, 0), cut(1, 0), cut(2, 1)]);
    expect(tiles[0]).not.toEqual(tiles[1]);
    expect(tiles[1]).not.toEqual(tiles[2]);
  });

  test("that was interrupted goes on where it stopped, to the same picture", async () => {
    await atlas("whole.png", { layer: "low" });
    const controller = new AbortController();
    const options: Partial<AtlasOptions> = { layer: "low" };
    const stopped = atlas("parts.png", {
      ...options,
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
    const work = (await readdir(folder.path)).find((name) => name.startsWith(".parts.png.atlas-"));
    expect(await readdir(join(folder.path, work!))).toHaveLength(3);
    await atlas("parts.png", options);
    expect(await pixels("parts.png")).toEqual(await pixels("whole.png"));
    expect((await readdir(folder.path)).sort()).toEqual(["parts.png", "whole.png"]);
  });

  test("of other settings does not take over tiles of these", async () => {
    const controller = new AbortController();
    const stop = { signal: controller.signal, onProgress: () => controller.abort() };
    await expect(atlas("x.png", { layer: "low", ...stop })).rejects.toThrow();
    await expect(atlas("x.png", { layer: "low", seed: 2, ...stop })).rejects.toThrow();
    expect((await readdir(folder.path)).filter((name) => name.includes(".atlas-"))).toHaveLength(2);
  });

  test("on a picture begins with that picture", async () => {
    await writeImage(randomFrame(4, 40, 40), join(folder.path, "photo.png"));
    const dream = { iterations: 0, octaves: 1 };
    await atlas("photo-atlas.png", { image: join(folder.path, "photo.png"), dream });
    const tile = await sharp(join(folder.path, "photo-atlas.png"))
      .extract({ left: 3, top: 3, width: 40, height: 40 })
      .raw()
      .toBuffer();
    const photo = await pixels("photo.png");
    const worst = tile.reduce((most, v, i) => Math.max(most, Math.abs(v - photo[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  test("as a page needs no other file, and names cannot break out of it", async () => {
    const hostile = {
      ...network,
      name: `<script>alert("x")</script>`,
      layers: network.layers.map((layer) => ({ ...layer, about: `"><img src=http://x>` })),
    };
    await renderAtlas(hostile, engine, {
      output: join(folder.path, "page.html"),
      tile: 40,
      seed: 1,
      dream: { iterations: 1, octaves: 1 },
      html: true,
    });
    const page = await readFile(join(folder.path, "page.html"), "utf8");
    expect(page.match(/<img [^>]*src="data:image\/jpeg;base64,/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script>alert|<img src=http|<link|@import|url\(/);
    expect(page.match(/<img /g)).toHaveLength(2);
  });

  test("of a layer that does not exist is refused", async () => {
    await expect(atlas("x.png", { layer: "lwo" })).rejects.toMatchObject({
      code: "SCENE_UNKNOWN_LAYER",
    });
  });
});

test("text is drawn in five by seven dots", () => {
  const { data, width, height } = drawText("1");
  const rows = Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((v) => (v ? "#" : ".")).join(""),
  );
  expect(rows.slice(2, 9)).toEqual([
    "....#....",
    "...##....",
    "....#....",
    "....#....",
    "....#....",
    "....#....",
    "...###...",
  ]);
});
