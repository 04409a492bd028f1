/**
 * A scene of three hours has more frames than a function call can have arguments; every command that plans a scene
 * must support it.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { estimateRender } from "../../../src/pipeline/forecast/estimate.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { reproduce } from "../../../src/pipeline/render/reproduce.ts";
import { plotScene } from "../../../src/pipeline/stills/plot.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { dreamreel } from "../../helpers/command.ts";
import { temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const frames = 3 * 3600 * 24;
const text = `source: { noise: { seed: 3 } }
duration: 3:00:00
output: { file: film.mkv, size: 32x24, fps: 24 }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }
`;
const long = (more = ""): Scene => parseScene(text + more, { path: at("scene.yaml") });

describe("a scene of three hours", { timeout: 120_000 }, () => {
  test("starts a render that will dream all its frames", async () => {
    const controller = new AbortController();
    const render = renderScene(long(), {
      engine: "cpu",
      signal: controller.signal,
      onProgress: ({ total }) => {
        expect(total).toBe(frames);
        controller.abort();
      },
    });
    await expect(render).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(
      (await readdir(at("film.mkv.work"))).some((name) => name.startsWith("frame-000000")),
    ).toBe(true);
  });

  test("renders a part at its end, and reproduces that part", async () => {
    const alone = long("feedback: { amount: 0 }\n");
    const part = [frames - 2, frames - 1] as const;
    const result = await renderScene(alone, { engine: "cpu", output: at("end.mkv"), frames: part });
    expect(result).toMatchObject({ frames: 2, dreamed: 2 });
    expect(await reproduce(at("end.mkv"))).toMatchObject({ frames: 2 });
  });

  test("gives an estimate, and the values at any time", async () => {
    const { plan, seconds } = await estimateRender(long(), { engine: "cpu" });
    expect(plan.frames).toBe(frames);
    expect(seconds).toBeGreaterThan(0);
    const still = await renderStill(long(), at("still.png"), () => frames - 1, {
      engine: "cpu",
      maxBefore: 1,
    });
    expect(still).toMatchObject({ frame: frames - 1, exact: false });
  });

  test("is plotted, and a peak of a single frame is visible", async () => {
    const blink = long('mix: "f == 200000 ? 0 : 1"\n');
    const { lanes } = await plotScene(blink, at("plot.svg"), { engine: "cpu" });
    expect(lanes).toEqual(["mix"]);
    const svg = await readFile(at("plot.svg"), "utf8");
    expect(svg.length).toBeLessThan(200_000);
    const points = /points="([^"]*)"/
      .exec(svg)![1]!
      .split(" ")
      .map((point) => point.split(","));
    const heights = points.map(([, y]) => Number(y));
    const lowest = heights.indexOf(Math.max(...heights));
    expect(heights.filter((y) => y === heights[lowest])).toHaveLength(1);
    const [first, last] = [Number(points[0]![0]), Number(points.at(-1)![0])];
    expect((Number(points[lowest]![0]) - first) / (last - first)).toBeCloseTo(200_000 / frames, 3);
  });

  test("is checked on the command line", async () => {
    await writeFile(at("scene.yaml"), text);
    const { stdout, exitCode } = await dreamreel(["check", at("scene.yaml"), "--engine", "cpu"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/259200 at 24 frames\/s/);
  });
});
