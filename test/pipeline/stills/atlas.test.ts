import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { drawText } from "../../../src/image/bitmap-font.ts";
import { wrapLabel } from "../../../src/image/contact-sheet.ts";
import { writeImage } from "../../../src/image/image.ts";
import { type AtlasOptions, renderAtlas } from "../../../src/pipeline/stills/atlas.ts";
import { layerLabels } from "../../../src/pipeline/stills/layer-labels.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

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
  test("shows every layer with spatial positions, labelled, and leaves no other files", async () => {
    expect(await atlas("layers.png")).toMatchObject({ tiles: 2 });
    const { width, height } = await sharp(join(folder.path, "layers.png")).metadata();
    expect([width, height]).toEqual([3 + 2 * 43, 3 + 40 + 12 + 3]);
    // Label text below the first tile.
    const label = await sharp(join(folder.path, "layers.png"))
      .extract({ left: 3, top: 43, width: 40, height: 12 })
      .greyscale()
      .raw()
      .toBuffer();
    const dots = drawText("low").data.filter((value) => value === 255).length;
    expect(label.filter((value) => value > 128)).toHaveLength(dots);
    expect(await readdir(folder.path)).toEqual(["layers.png"]);
  });

  test("can be interrupted during a tile", async () => {
    const signal = AbortSignal.timeout(500);
    // A minute of steps.
    const dream = { iterations: 50_000, octaves: 1, jitter: 2 };
    const started = performance.now();
    const stopped = atlas("long.png", { dream, signal });
    await expect(stopped).rejects.toMatchObject({
      code: "INTERRUPTED",
      cause: expect.any(DOMException),
    });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("shows every channel of a layer, each with a different dream", async () => {
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

  test("that was interrupted resumes and gives the same picture", async () => {
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

  test("caches tiles by everything that changes them: seed, settings, guide and weights", async () => {
    const stopAfterOne = async (options: Partial<AtlasOptions>, net = network): Promise<void> => {
      const controller = new AbortController();
      const stopped = renderAtlas(net, engine, {
        output: join(folder.path, "x.png"),
        tile: 40,
        seed: 1,
        dream: { iterations: 1, octaves: 1 },
        signal: controller.signal,
        onProgress: () => controller.abort(),
        ...options,
      });
      await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
    };
    const kept = async (): Promise<number> => (await readdir(folder.path)).length;
    await stopAfterOne({});
    expect(await kept()).toBe(1);
    await stopAfterOne({});
    expect(await kept()).toBe(1);
    const frame = randomFrame(8, 16, 16);
    const dream = { iterations: 1, octaves: 1 };
    await stopAfterOne({ seed: 2 });
    await stopAfterOne({ dream: { ...dream, stepSize: 3 } });
    await stopAfterOne({ dream: { ...dream, guide: { frame, match: "best" } } });
    await stopAfterOne({}, tinyNetwork(4));
    expect(await kept()).toBe(5);
  });

  test("keeps layers apart whose names differ only in characters that file names cannot contain", async () => {
    const b = new GraphBuilder(network.graph);
    b.opNamed("Identity", ["low"], {}, "a/b");
    b.opNamed("Identity", ["high"], {}, "a:b");
    const layers = [network.layers[0]!, network.layers[1]!].map((layer, i) => ({
      ...layer,
      name: ["a/b", "a:b"][i]!,
    }));
    const named = { ...network, graph: b.build(), layers };
    const dream = { iterations: 2, octaves: 1 };
    const output = join(folder.path, "named.png");
    await renderAtlas(named, engine, { output, tile: 40, seed: 1, dream });
    await atlas("plain.png", { dream });
    const tiles = (name: string): Promise<Buffer> =>
      sharp(join(folder.path, name))
        .extract({ left: 0, top: 0, width: 89, height: 43 })
        .raw()
        .toBuffer();
    expect(await tiles("named.png")).toEqual(await tiles("plain.png"));
  });

  test("shows only the given channels", async () => {
    expect(await atlas("some.png", { layer: "low:1-2,4" })).toMatchObject({ tiles: 3 });
    await atlas("all.png", { layer: "low", columns: 6 });
    const cut = (name: string, column: number): Promise<Buffer> =>
      sharp(join(folder.path, name))
        .extract({ left: 3 + column * 43, top: 3, width: 40, height: 50 })
        .raw()
        .toBuffer();
    const sheet = await sharp(join(folder.path, "some.png")).metadata();
    expect(sheet.width).toBe(3 + 2 * 43);
    expect(await cut("some.png", 1)).toEqual(await cut("all.png", 2));
  });

  test("too large for its format is refused before any dreaming", async () => {
    const layers = Array.from({ length: 20 }, (_, i) => ({ ...network.layers[0]!, name: `${i}` }));
    const tall = renderAtlas({ ...network, layers }, engine, {
      output: join(folder.path, "tall.webp"),
      tile: 1024,
      columns: 1,
      seed: 1,
      onProgress: () => expect.unreachable(),
    });
    await expect(tall).rejects.toMatchObject({ code: "SIZE_INVALID" });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("too large for the memory is refused before any dreaming, with tiles that fit", async () => {
    const unreachable = { onProgress: () => expect.unreachable(), html: true };
    const large = atlas("large.html", { ...unreachable, tile: 200_000 });
    await expect(large).rejects.toMatchObject({
      code: "TOO_LARGE",
      message: expect.stringMatching(/tiles of 200000 px needs about \d+/),
      hint: expect.stringMatching(/^Set --tile to \d{4,5} or less\. Use --force/),
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("needs a folder that can be created, as a picture or a page", async () => {
    await writeFile(join(folder.path, "no"), "a file where a folder should be");
    for (const name of ["no/where.png", "no/where.html"]) {
      const lost = atlas(name, { html: name.endsWith("html") });
      await expect(lost).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
    }
    expect(await readdir(folder.path)).toEqual(["no"]);
  });

  test("of a picture starts its dreams from that picture", async () => {
    await writeImage(randomFrame(4, 40, 40), join(folder.path, "photo.png"));
    const dream = { iterations: 0, octaves: 1 };
    await atlas("photo-atlas.png", { image: join(folder.path, "photo.png"), dream });
    const tile = await sharp(join(folder.path, "photo-atlas.png"))
      .extract({ left: 3, top: 3, width: 40, height: 40 })
      .raw()
      .toBuffer();
    const photo = await pixels("photo.png");
    const worst = tile.reduce((max, v, i) => Math.max(max, Math.abs(v - photo[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  test("as a page is self-contained, and names are escaped", async () => {
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

  test("of an unknown layer is refused", async () => {
    await expect(atlas("x.png", { layer: "lwo" })).rejects.toMatchObject({
      code: "SCENE_UNKNOWN_LAYER",
    });
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe("labels", () => {
  const labels = (...names: string[]): string[] =>
    layerLabels(names.map((name) => ({ name, op: "Relu", channels: 1, stride: 1 })));

  test("omit what exporters add and what all names share", () => {
    expect(
      labels(
        "/model/layer1/layer1.0/relu/Relu_output_0",
        "/model/layer2/layer2.1/conv1/Conv_output_0",
      ),
    ).toEqual(["layer1.0/relu/Relu", "layer2.1/conv1/Conv"]);
    expect(labels("motifs1", "motifs2")).toEqual(["motifs1", "motifs2"]);
  });

  test("stay complete if two would become equal", () => {
    expect(labels("/Relu_output_0", "/Relu_output_1")).toEqual([
      "/Relu_output_0",
      "/Relu_output_1",
    ]);
  });

  test("are the published names if there are any", () => {
    const layer = { name: "/x/Concat_output_0", op: "Concat", channels: 1, stride: 1 };
    expect(layerLabels([{ ...layer, aliases: ["mixed4c", "inception4c"] }])).toEqual(["mixed4c"]);
  });

  test("break after a slash, and keep their end if two lines are too short", () => {
    expect(wrapLabel("motifs3", 10)).toEqual(["motifs3"]);
    expect(wrapLabel("layer1.0/relu/Relu", 16)).toEqual(["layer1.0/relu/", "Relu"]);
    expect(wrapLabel("a-name-of-many-letters", 8)).toEqual(["..f-many", "-letters"]);
  });
});

test("text is drawn with five by seven dots", () => {
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
