/** Layers such as `low:strongest-2` in scenes: the choice, the notices, and the recipe. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { FrameKeys } from "../../../src/pipeline/cache/frame-keys.ts";
import { estimateRender } from "../../../src/pipeline/forecast/estimate.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { SceneFiles } from "../../../src/pipeline/plan/scene-files.ts";
import { parametersAt } from "../../../src/pipeline/plan/shot-plan.ts";
import { findRecipe } from "../../../src/pipeline/recipe/stored-recipe.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { reproduce } from "../../../src/pipeline/render/reproduce.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(randomFrame(1, 18, 24), at("photo.png"));
  const blue = randomFrame(2, 18, 24);
  // The inverse of the photo in all but noise.
  blue.data.fill(0, 0, 18 * 24).fill(1, 2 * 18 * 24);
  await writeImage(blue, at("blue.png"));
  await writeFile(at("own.onnx"), writeOnnx(tinyNetwork(1).graph));
  // Black at first, then white; later pictures must not count.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=24x18:rate=8:duration=0.25"],
    ...["-f", "lavfi", "-i", "color=white:size=24x18:rate=8:duration=0.5"],
    ...["-filter_complex", "[0][1]concat=n=2:v=1", "-c:v", "ffv1", at("clip.mkv")],
  );
});
afterAll(() => folder.remove());

const network =
  "model: { file: own.onnx, preprocess: { channels: RGB, scale: 0..1, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } }";
const head = `${network}\noutput: { file: out.mkv, size: 24x18, fps: 8 }\n`;
const few = "octaves: 1, iterations: 1, jitter: 2";
const photo = (layers: string): string =>
  `${head}source: { image: photo.png }\nduration: 3f\ndream: { layers: { ${layers} }, ${few} }\n`;
const read = (text: string, set: string[] = []): Scene =>
  parseScene(text, { path: at("scene.yaml"), set });

interface Prepared {
  readonly layers: readonly string[][];
  readonly notices: readonly string[];
  readonly keys: readonly string[];
}

async function prepare(scene: Scene, preview = false): Promise<Prepared> {
  const notices: string[] = [];
  const onNotice = (text: string): number => notices.push(text);
  const prepared = await prepareRender(scene, { engine: "cpu", threads: 1, preview, onNotice });
  try {
    const keys = FrameKeys.of(prepared, await SceneFiles.read(scene), { preview });
    return {
      layers: prepared.shots.map(({ plan }) =>
        Object.keys(parametersAt(plan, 0).dream.layers ?? {}),
      ),
      notices: notices.filter((text) => text.includes(" is low:") || text.includes(" is high:")),
      keys: Array.from({ length: prepared.plan.frames }, (_, i) => keys.ofFilm(i)),
    };
  } finally {
    await prepared.dispose();
  }
}

describe("a scene with channels by activation", { concurrent: true }, () => {
  test("reports its channels, and has the same frames as a scene with those channels", async () => {
    const chosen = await prepare(read(photo('"low:strongest-2": 1, "high:random-3": 0.5')));
    const [low, high] = chosen.layers[0]!;
    expect(low).toMatch(/^low:\d,\d$/);
    expect(high).toMatch(/^high:\d,\d,\d$/);
    expect(chosen.notices).toEqual([`low:strongest-2 is ${low}`, `high:random-3 is ${high}`]);
    const named = await prepare(read(photo(`"${low}": 1, "${high}": 0.5`)));
    expect(named.notices).toEqual([]);
    expect(chosen.keys).toEqual(named.keys);
    const weakest = await prepare(read(photo('"low:weakest-2": 1, "high:random-3": 0.5')));
    expect(weakest.layers[0]![0]).not.toBe(low);
    expect(weakest.keys[0]).not.toBe(named.keys[0]);
  });

  test("selects channels by the picture and by the seed", async () => {
    const name = '"low:strongest-1": 1, "high:random-3": 1';
    const own = await prepare(read(photo(name)));
    const blue = await prepare(read(photo(name), ["source.image=blue.png"]));
    const seed = await prepare(read(photo(name), ["seed=9"]));
    expect(blue.layers[0]![0]).not.toBe(own.layers[0]![0]);
    expect(blue.layers[0]![1]).toBe(own.layers[0]![1]);
    expect(seed.layers[0]![0]).toBe(own.layers[0]![0]);
    expect(seed.layers[0]![1]).not.toBe(own.layers[0]![1]);
  });

  test("has the same channels in a preview", async () => {
    const scene = read(photo('"low:strongest-2": 1, "high:weakest-3": 1'));
    expect((await prepare(scene, true)).layers).toEqual((await prepare(scene)).layers);
  });

  test("selects channels for all keyframes by the first picture at the clip's start", async () => {
    const timeline = "timeline: [{ at: 2f, dream: { layers: { low:weakest-2: 1 } } }]\n";
    const text = (start: string): string =>
      photo('"low:strongest-2": 1').replace(
        "source: { image: photo.png }",
        `source: { video: { file: clip.mkv, start: ${start} } }`,
      ) + timeline;
    const [first, second] = [await prepare(read(text("0f"))), await prepare(read(text("1f")))];
    const late = await prepare(read(text("3f")));
    expect(first.notices).toHaveLength(2);
    expect(first.layers[0]).toHaveLength(2);
    expect(second.layers).toEqual(first.layers);
    expect(late.layers).not.toEqual(first.layers);
  });

  test("selects channels in each shot by its own picture", async () => {
    const shots =
      "shots: [{ source: { image: photo.png }, duration: 2f }, { source: { image: blue.png }, duration: 2f }]\n";
    const { layers, notices } = await prepare(
      read(`${head}dream: { layers: { low:strongest-1: 1 }, ${few} }\n${shots}`),
    );
    expect(layers[0]).not.toEqual(layers[1]);
    expect(notices).toEqual([
      `shot 1: low:strongest-1 is ${layers[0]![0]}`,
      `shot 2: low:strongest-1 is ${layers[1]![0]}`,
    ]);
  });

  test("is estimated with its channels", async () => {
    const { settings } = await estimateRender(read(photo('"low:strongest-2": 1')), {
      engine: "cpu",
      threads: 1,
    });
    expect(Object.keys(settings.layers)).toEqual([expect.stringMatching(/^low:\d,\d$/)]);
  });

  test("has its channels in the recipes of videos and stills, also in the timeline", async () => {
    const timeline = "timeline: [{ at: 2f, dream: { layers: { high:weakest-2: 1 } } }]\n";
    const text = photo('"low:strongest-2": 1') + timeline;
    const options = { engine: "cpu", threads: 1 } as const;
    const { layers } = await prepare(read(text));
    await renderScene(read(text.replace("out.mkv", "film.mkv")), options);
    await renderStill(read(text), at("still.png"), () => 1, { ...options, maxBefore: 1 });
    for (const output of ["film.mkv", "still.png"]) {
      const recipe = parseScene((await findRecipe(at(output)))!.scene);
      expect(Object.keys(recipe.dream.layers!)).toEqual(layers[0]);
    }
    const notices: string[] = [];
    await reproduce(at("still.png"), { onNotice: (notice) => notices.push(notice), threads: 1 });
    expect(notices.filter((notice) => notice.includes(" is "))).toEqual([]);
    expect((await readImage(at("still-again.png"))).data).toEqual(
      (await readImage(at("still.png"))).data,
    );
    await renderScene(read(text.replace("out.mkv", "film.mkv")), options).then(({ upToDate }) =>
      expect(upToDate).toBe(true),
    );
  });

  test.each([
    ["low:strongest-7", 4, '"7" is not a number of channels of layer "low"'],
    ["low:random-0", 4, '"0" is not a number of channels of layer "low"'],
    ["lwo:weakest-2", 4, 'layer "lwo" is not in network'],
  ])("refuses %s at its place", async (name, line, message) => {
    const text = `${head}source: { image: photo.png }\ndream:\n  layers:\n    ${name}: 1\n`;
    await expect(prepare(read(text))).rejects.toMatchObject({
      code: "SCENE_UNKNOWN_LAYER",
      message: expect.stringContaining(message),
      where: expect.stringContaining(`scene.yaml:${line + 2}:5`),
    });
  });

  test("reports errors of weights at the names in the scene's text", async () => {
    const text = `${head}source: { image: photo.png }\nduration: 3f\ndream:\n  layers:\n    low:strongest-2: 900 * f\n`;
    await expect(prepare(read(text))).rejects.toMatchObject({
      code: "SCENE_INVALID",
      where: expect.stringContaining("scene.yaml:7:"),
    });
  });

  test("keeps the objectives of its layers", async () => {
    const text = photo('"low:strongest-2": { weight: 1, objective: mean }');
    const { shots, dispose } = await prepareRender(read(text), { engine: "cpu", threads: 1 });
    await dispose();
    const { layers, objectives } = shots[0]!.plan.shot.dream;
    expect(Object.keys(layers!)[0]).toMatch(/^low:\d,\d$/);
    expect(Object.keys(objectives!)).toEqual(Object.keys(layers!));
  });
});
