/** Shots and scenes rendered in parallel equal those rendered one by one. */
import { readdirSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../../src/image/image.ts";
import { parseOutput } from "../../../src/output.ts";
import { predictDisk } from "../../../src/pipeline/forecast/disk.ts";
import { Scheduler } from "../../../src/pipeline/parallel/scheduler.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { renderScene, renderScheduled } from "../../../src/pipeline/render/render.ts";
import { renderScenes } from "../../../src/pipeline/render/render-many.ts";
import type { RenderOptions, RenderResult } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  const clip = ["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=1.25"];
  await ffmpeg(...clip, "-c:v", "ffv1", at("clip.mkv"));
});
afterAll(() => folder.remove());

const film = `shots:
  - { source: { noise: { seed: 3 } }, duration: 12f, motion: { zoom: 2 } }
  - { source: { video: clip.mkv }, transition: { crossfade: 4f } }
  - { source: { noise: { seed: 4 } }, duration: 9f, motion: { rotate: 20deg } }
dream: { layers: { edges: 1, creatures1: 0.5 }, octaves: 2, iterations: 2, jitter: 4 }`;
const [frameCount, dreamedCount] = [12 + 10 + 9 - 4, 12 + 10 + 9];
/** Frames of the output that show two shots. */
const faded = [8, 9, 10, 11];

function sceneOf(output: string, yaml = film): Scene {
  const text = `${yaml}\noutput: { file: ${output}, size: 48x32, fps: 8, keepFrames: false }`;
  return parseScene(text, { path: at("scene.yaml") });
}

function render(output: string, options: RenderOptions): Promise<RenderResult> {
  return renderScene(sceneOf(output), options);
}

async function framesOf(name: string): Promise<Float32Array[]> {
  const names = (await readdir(at(name))).filter((file) => file.endsWith(".png")).sort();
  return Promise.all(names.map(async (file) => (await readImage(at(join(name, file)))).data));
}

/** Numbers of the frames that are kept of an unfinished render. */
function keptOf(name: string): number[] {
  const names = readdirSync(at(`${name}.work`));
  return names.flatMap((file) => /^frame-(\d+)/.exec(file)?.slice(1).map(Number) ?? []).sort();
}

let whole: Float32Array[];
beforeAll(async () => {
  expect(await render("whole/", { threads: 1 })).toMatchObject({ dreamed: dreamedCount });
  whole = await framesOf("whole");
  expect(whole).toHaveLength(frameCount);
});

describe("shots in parallel", () => {
  test("give the same frames as one by one, each dreamed once", async () => {
    const totals: number[] = [];
    const notes: string[] = [];
    let parallel: number[] = [];
    const result = await render("atonce/", {
      ...{ jobs: 3, threads: 3 },
      onNotice: (note) => notes.push(note),
      onProgress: ({ done, total }) => {
        totals.push(total);
        if (done === total) parallel = keptOf("atonce");
      },
    });
    expect(result).toMatchObject({ frames: frameCount, dreamed: dreamedCount });
    expect(await framesOf("atonce")).toEqual(whole);
    expect(totals).toEqual(new Array(dreamedCount).fill(dreamedCount));
    expect(notes).toEqual([]);
    // After the last frame was dreamed, frames of all shots were finished, but no frame that shows two shots.
    expect(parallel).toEqual(expect.arrayContaining([0, 13, 20]));
    expect(parallel.filter((index) => faded.includes(index))).toEqual([]);
    expect((await readdir(folder.path)).filter((file) => file.includes("work"))).toEqual([]);
  });

  test("give the same frames with any number of threads", async () => {
    await render("threads/", { threads: 2 });
    expect(await framesOf("threads")).toEqual(whole);
    await render("two/", { jobs: 2, threads: 4 });
    expect(await framesOf("two")).toEqual(whole);
  });

  test("give the same frames as an uninterrupted render after repeated interruptions, in parallel and one by one", async () => {
    let runs = 0;
    let dreamed = 0;
    for (; runs < 20; runs++) {
      const controller = new AbortController();
      const outcome = await render("stopped/", {
        ...(runs % 3 === 2 ? { threads: 1 } : { jobs: 2, threads: 2 }),
        signal: controller.signal,
        onProgress: ({ done }) => {
          dreamed++;
          if (done === 4) controller.abort();
        },
      }).catch((error: { code: string }) => error.code);
      if (outcome !== "INTERRUPTED") break;
    }
    expect(runs).toBeGreaterThanOrEqual(3);
    expect(runs).toBeLessThan(20);
    expect(await framesOf("stopped")).toEqual(whole);
    // Few frames were dreamed twice.
    expect(dreamed).toBeLessThan(1.5 * dreamedCount);
  });

  test("give the same frames in a partial render as in the whole", async () => {
    const { dreamed } = await render("part/", { jobs: 2, threads: 2, frames: [10, 19] });
    expect(dreamed).toBeLessThan(dreamedCount);
    expect(await framesOf("part")).toEqual(whole.slice(10, 20));
  });

  test("run one by one if the memory does not suffice for two", async () => {
    const scheduler = new Scheduler(2, 3, { threads: 2 }, 1);
    await renderScheduled(scheduler, sceneOf("little/"), {});
    expect(await framesOf("little")).toEqual(whole);
  });

  test("all stop if one fails, with its error, and keep the finished frames", async () => {
    const notes: string[] = [];
    const other = ["-f", "lavfi", "-i", "color=red:size=48x32:rate=8:duration=1"];
    let spoilt = false;
    let max = 0;
    await copyFile(at("clip.mkv"), at("spoilt.mkv"));
    const failing = renderScene(sceneOf("failing/", film.replace("clip.mkv", "spoilt.mkv")), {
      ...{ jobs: 2, threads: 2, onNotice: (note) => notes.push(note) },
      onProgress: ({ done }) => {
        max = done;
        if (done < 8 || spoilt) return;
        spoilt = true;
        void ffmpeg(...other, "-c:v", "ffv1", at("spoilt.mkv"));
      },
    });
    await expect(failing).rejects.toMatchObject({
      code: "SOURCE_CHANGED",
      where: at("spoilt.mkv"),
    });
    expect(max).toBeLessThan(dreamedCount);
    expect(notes).toContainEqual(expect.stringMatching(/finished frames are kept/));
    expect(keptOf("failing").length).toBeGreaterThan(0);
  });
});

describe("scenes in parallel", () => {
  const lone = "source: { noise: { seed: 3 } }\nduration: 4f\ndream: { iterations: 1, octaves: 1 }";

  test("give the same frames as alone, with and without shots", async () => {
    const scenes = [sceneOf("film-a/"), sceneOf("lone-b/", lone), sceneOf("film-c/")];
    const outcomes = await renderScenes(scenes, { jobs: 2, threads: 2 });
    expect(outcomes).toMatchObject([
      { result: { dreamed: dreamedCount } },
      { result: { dreamed: 4 } },
      { result: { dreamed: dreamedCount } },
    ]);
    for (const name of ["film-a", "film-c"]) expect(await framesOf(name)).toEqual(whole);
    await renderScene(sceneOf("lone-whole/", lone), { threads: 2 });
    expect(await framesOf("lone-b")).toEqual(await framesOf("lone-whole"));
  });

  test("wait for each other if the memory does not suffice for both", async () => {
    const scheduler = new Scheduler(2, 2, { threads: 2 }, 1);
    const order: string[] = [];
    await Promise.all(
      ["first", "second"].map((name) =>
        renderScheduled(scheduler, sceneOf(`${name}/`, lone), {
          onProgress: () => void order.push(name),
        }),
      ),
    );
    expect(order).toHaveLength(8);
    expect(new Set(order.slice(0, 4)).size).toBe(1);
    expect(new Set(order.slice(4)).size).toBe(1);
  });
});

test("the memory for cross-faded frames is predicted: one float32 picture per shot", async () => {
  const prepared = await prepareRender(sceneOf("disk/"));
  const bytes = (parallel: boolean): number =>
    predictDisk(parseOutput("disk/"), prepared, sceneOf("disk/"), { parallel }).workBytes;
  // The second shot is short: at most its ten frames count.
  expect(bytes(true) - bytes(false)).toBe(12 * 48 * 32 * (faded.length + (10 - 7)));
  await prepared.dispose();
});

test("a notice reports jobs without effect", async () => {
  const notes: string[] = [];
  const scene = sceneOf("lone/", "source: { noise: {} }\nduration: 1f\ndream: { iterations: 1 }");
  await renderScene(scene, { jobs: 2, onNotice: (note) => notes.push(note) });
  expect(notes).toEqual([expect.stringMatching(/jobs has no effect/)]);
});
