import { copyFile, mkdir, readFile, stat, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage, writeImage } from "../../src/image/image.ts";
import { loadNetwork } from "../../src/library/load-network.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { renderAtlas } from "../../src/pipeline/stills/atlas.ts";
import { plotScene } from "../../src/pipeline/stills/plot.ts";
import { renderStill } from "../../src/pipeline/stills/still.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { dreamreel } from "../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  process.env.DREAMREEL_CACHE = at("cache");
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=32x24:rate=8:duration=0.5", "-f", "lavfi"],
    ...["-i", "sine=duration=0.5", "-c:v", "mpeg4", "-c:a", "flac", at("clip.mkv")],
  );
  await mkdir(at("shot"));
  for (const i of [0, 1]) await writeImage(randomFrame(i, 24, 32), at(`shot/0000${i}.png`));
  await copyFile(at("shot/00000.png"), at("photo.png"));
  await copyFile(at("clip.mkv"), at("sound.mkv"));
  await symlink(at("clip.mkv"), at("link.mkv"));
});
afterAll(async () => {
  delete process.env.DREAMREEL_CACHE;
  await folder.remove();
});

describe("a network is loaded", () => {
  test("by its name in the catalogue, as a scene names it", async () => {
    await expect(loadNetwork("googlenet")).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      hint: expect.stringMatching(/dreamreel models pull googlenet/),
    });
    await expect(loadNetwork("goglenet")).rejects.toMatchObject({
      message: expect.stringMatching(/did you mean "googlenet"/),
    });
  });

  test("by the path of its file", async () => {
    const file = join(import.meta.dirname, "../../models/pocket.onnx");
    const network = await loadNetwork(relative(process.cwd(), file), { engine: "cpu" });
    expect(network.layers.length).toBeGreaterThan(5);
    await network.dispose();
    await expect(loadNetwork("none.onnx")).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      where: "none.onnx",
    });
  });

  test("with options for files only by a path", async () => {
    await expect(loadNetwork("pocket", { labels: "labels.txt" })).rejects.toMatchObject({
      code: "USAGE",
      message: "labels are for .onnx files",
    });
  });
});

describe("a picture is dreamed", () => {
  const settings = { layers: { edges: 1 }, octaves: 1, iterations: 2 };
  const set = ["layers={ edges: 1 }", "octaves=1", "iterations=2"];

  test.each([
    ["by default", {}, []],
    ["mixed", { mix: 0.4 }, ["mix=0.4"]],
    ["in its own colours", { color: { match: "off" } }, ["color.match=off"]],
    ["greyer", { seed: 3, color: { saturation: 0.5 } }, ["color.saturation=0.5"]],
  ] as const)("%s with the same pixels as on the command line", async (_, options, more) => {
    const seed = "seed" in options ? options.seed : 1;
    const network = await loadNetwork("pocket", { engine: "cpu" });
    const photo = await readImage(at("photo.png"));
    const own = await network.dream(photo, { ...settings, ...options });
    await network.dispose();
    await writeImage(own, at("own.png"));
    const args = [...set, ...more].flatMap((edit) => ["--set", edit]);
    const output = ["-o", at("cli.png"), "--engine", "cpu", "--seed", String(seed), "--force"];
    const { exitCode } = await dreamreel(["dream", at("photo.png"), ...args, ...output]);
    expect(exitCode).toBe(0);
    expect(await readImage(at("own.png"))).toEqual(await readImage(at("cli.png")));
  });
});

describe("an output never replaces its inputs", () => {
  const quick = "dream: { layers: { edges: 1 }, octaves: 1, iterations: 0 }\nduration: 2f\n";
  const clip = `source: { video: clip.mkv }\n${quick}`;
  const forced = { engine: "cpu", force: true } as const;

  test.each([
    [
      "a clip by a relative path",
      clip,
      (): string => relative(process.cwd(), at("clip.mkv")),
      "clip.mkv",
    ],
    ["a clip by a link", clip, (): string => at("link.mkv"), "clip.mkv"],
    [
      "a clip that the scene names by a link",
      clip.replace("clip", "link"),
      (): string => at("clip.mkv"),
      "link.mkv",
    ],
    ["the sound", `${clip}audio: sound.mkv`, (): string => at("sound.mkv"), "sound.mkv"],
    ["the matte", `${clip}matte: photo.png`, (): string => at("photo.png"), "photo.png"],
    [
      "pictures of a sequence",
      `source: { frames: shot/ }\n${quick}`,
      (): string => `${at("shot")}/`,
      "shot/00000.png",
    ],
    [
      "a picture among numbered ones",
      `source: { image: shot/00001.png }\n${quick}`,
      (): string => `${at("shot")}/`,
      "shot/00001.png",
    ],
    [
      "the clip of a later shot",
      `shots: [{ source: { image: photo.png } }, { source: { video: clip.mkv } }]\n${quick}`,
      (): string => at("clip.mkv"),
      "clip.mkv",
    ],
  ])("%s", async (_, yaml, output, replaced) => {
    const scene = parseScene(yaml, { path: at("scene.yaml") });
    const before = await readFile(at(replaced));
    await expect(renderScene(scene, { ...forced, output: output() })).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      where: at(replaced),
    });
    expect((await readFile(at(replaced))).equals(before)).toBe(true);
  });

  test("also for a still, a plot, an atlas or a picture of flow", async () => {
    const [scene, file] = [
      parseScene(`source: { image: photo.png }\n${quick}`, { path: at("s.yaml") }),
      at("photo.png"),
    ];
    const { mtimeMs } = await stat(file);
    const refused = { code: "OUTPUT_EXISTS", where: file };
    await expect(
      renderStill(scene, file, () => 0, { ...forced, maxBefore: 0 }),
    ).rejects.toMatchObject(refused);
    await expect(plotScene(scene, file)).rejects.toMatchObject(refused);
    const engine = createOrtEngine("cpu");
    const options = { output: file, image: file, tile: 32, seed: 1 };
    await expect(renderAtlas(tinyNetwork(1), engine, options)).rejects.toMatchObject(refused);
    await engine.dispose();
    const { stderr } = await dreamreel(["flow", file, at("shot/00001.png"), "-o", file, "--force"]);
    expect(stderr).toMatch(/^OUTPUT_EXISTS: .*photo\.png: the output would replace/);
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
  });

  test("but it replaces another existing file with force", async () => {
    const scene = parseScene(clip, { path: at("scene.yaml") });
    await copyFile(at("clip.mkv"), at("free.mkv"));
    await renderScene(scene, { ...forced, output: at("free.mkv") });
    expect(await readFile(at("free.mkv"))).not.toEqual(await readFile(at("clip.mkv")));
  });
});
