import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { estimateRender } from "../src/pipeline/forecast/estimate.ts";
import { parseScene } from "../src/scene/parse.ts";
import { probeVideo } from "../src/video/probe.ts";
import { decodeAll, temporaryFolder } from "./helpers/media.ts";
import { renderKept } from "./helpers/render.ts";

const scenes = join(import.meta.dirname, "../scenes");
const names = readdirSync(scenes).filter((name) => name.endsWith(".yaml"));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

test("the folder scenes/ contains scenes", () => {
  expect(names).toEqual(
    expect.arrayContaining([
      "breathing-zoom.yaml",
      "caricature.yaml",
      "cat-and-room.yaml",
      "clip-dream.yaml",
      "cut-film.yaml",
      "day-to-night.yaml",
      "fast-flight.yaml",
      "from-noise-to-class.yaml",
      "goldfish-in-fourier-space.yaml",
      "guided.yaml",
      "infinite-zoom.yaml",
      "layer-study.yaml",
      "layers-in-turn.yaml",
      "low-flight.yaml",
      "on-the-beat.yaml",
      "palette.yaml",
      "still-life.yaml",
      "strongest-channels.yaml",
      "strokes-to-animals.yaml",
      "two-networks.yaml",
      "wall-loop.yaml",
      "window.yaml",
    ]),
  );
});

test.each(names)("%s writes to the current folder, wherever it is installed", async (name) => {
  const path = join(scenes, name);
  const { output } = parseScene(await readFile(path, "utf8"), { path });
  expect(output.target).toEqual({
    type: "video",
    file: resolve("out", name.replace(".yaml", ".mp4")),
  });
});

test.each(names)("%s renders at thumbnail size", async (name) => {
  const path = join(scenes, name);
  const text = await readFile(path, "utf8");
  const shots = parseScene(text, { path }).shots ?? [];
  // Times in frames, so that expressions with `f` see the same frames; two shots of four frames share two.
  const set = [
    "output.size=96x54",
    "duration=6f",
    ...shots.flatMap((_, i) => [
      `shots.${i}.duration=4f`,
      ...(i > 0 ? [`shots.${i}.transition={ crossfade: 2f }`] : []),
    ]),
  ];
  const scene = parseScene(text, { path, set });
  const output = join(folder.path, `${name}.mp4`);
  const result = await renderKept(scene, { output });
  expect(result.frames).toBe(6);
  const { width, height, frameCount } = await probeVideo(output);
  expect({ width, height, frameCount }).toEqual({ width: 96, height: 54, frameCount: 6 });
  const frames = await decodeAll(output, 96, 54);
  // The last frame is dreamed, and is neither flat nor black.
  const last = frames.at(-1)!;
  const mean = last.reduce((sum, v) => sum + v, 0) / last.length;
  const spread = Math.sqrt(last.reduce((sum, v) => sum + (v - mean) ** 2, 0) / last.length);
  expect(mean).toBeGreaterThan(40);
  expect(mean).toBeLessThan(215);
  expect(spread).toBeGreaterThan(15);
});

test("outputs match their scenes, and can be predicted", async () => {
  const path = join(scenes, "infinite-zoom.yaml");
  const scene = parseScene(await readFile(path, "utf8"), { path, set: ["output.size=96x54"] });
  const estimate = await estimateRender(scene);
  expect(estimate.plan).toMatchObject({ frames: 240, size: { width: 96, height: 54 } });
  expect(estimate.file).toBe(resolve("out/infinite-zoom.mp4"));
  expect(estimate.secondsPerFrame).toBeGreaterThan(0);
  expect(estimate.seconds).toBeCloseTo(240 * estimate.secondsPerFrame);
  expect(estimate.memoryBytes).toBeGreaterThan(20e6);
});
