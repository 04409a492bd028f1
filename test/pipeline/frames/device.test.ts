import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame, type Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { fractalNoise } from "../../../src/image/noise.ts";
import { dreamFilm } from "../../../src/pipeline/frames/film.ts";
import { type FrameTools, frameTools, toolsFor } from "../../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { renderScenes } from "../../../src/pipeline/render/render-many.ts";
import type { Engine } from "../../../src/runtime/engine.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { shareEngine } from "../../../src/runtime/select/shared-engine.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { countingEngine } from "../../helpers/counting-engine.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { missingWebGpu, strictWebGpu } from "../../helpers/webgpu.ts";

const missing = await missingWebGpu();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height] = [36, 32];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(fractalNoise({ seed: 5, scale: 5, width: 80, height }), at("wide.png"));
  const half = createFrame(height, width);
  for (let i = 0; i < half.data.length; i++) half.data[i] = i % width < width / 2 ? 0.2 : 1;
  await writeImage(half, at("matte.png"));
  await ffmpeg(
    ...[
      "-i",
      at("wide.png"),
      "-vf",
      `loop=loop=4:size=1,setpts=N/8/TB,fps=8,crop=${width}:${height}:x=n*2:y=0,setsar=1,format=gbrp`,
      "-frames:v",
      "3",
      "-c:v",
      "ffv1",
      at("clip.mkv"),
    ],
  );
});
afterAll(() => folder.remove());

const dream =
  "dream: { layers: { edges: 1 }, octaves: 2, iterations: 2, laplacian: 1, jitter: 4, stepSize: 3 }\n";
const clip = `source: { video: clip.mkv }\n${dream}`;
const scenes: Readonly<Record<string, string>> = {
  zoom: `source: { noise: { seed: 3 } }\nduration: 3f\n${dream}motion: { zoom: 1.5, rotate: 10 }\nfeedback: { amount: 0.9 }\n`,
  replace: `${clip}feedback: { amount: 0.7, mode: replace, warp: flow }\n`,
  residual: `${clip}feedback: { amount: 0.8, mode: residual, warp: flow }\ncolor: { match: source, saturation: 1.2 }\nmix: 0.8\nmatte: { image: matte.png }\n`,
  cadence: `source: { noise: { seed: 3 } }\nduration: 3f\n${dream}motion: { zoom: 1.5, tilt: 20 }\nfeedback: { every: 2 }\n`,
  carried: `${clip}feedback: { every: 2 }\nmotion: { rotate: 20 }\nmix: 0.8\nmatte: { image: matte.png }\n`,
};

function scene(name: string, file: string): Scene {
  const output = `output: { file: ${file}/, size: ${width}x${height}, fps: 8 }`;
  return parseScene(`${scenes[name]!}${output}`, { path: at("scene.yaml") });
}

async function framesOf(name: string): Promise<Frame[]> {
  const files = (await readdir(at(name))).sort();
  return Promise.all(files.map((file) => readImage(at(`${name}/${file}`))));
}

async function render(name: string, file: string, engine: "cpu" | Engine): Promise<Frame[]> {
  await renderScene(scene(name, file), { engine });
  return framesOf(file);
}

function furthest(a: Frame, b: Frame): number {
  return Math.max(...a.data.map((v, i) => Math.abs(v - b.data[i]!)));
}

describe("the device memory of a render", () => {
  test.each(Object.keys(scenes))(
    "is freed completely, and not before its last use: %s",
    async (name) => {
      const engine = countingEngine();
      const strict = await render(name, `strict-${name}`, engine);
      expect(engine.openTensors).toBe(0);
      expect(engine.max).toBeGreaterThan(4);
      const plain = await render(name, `plain-${name}`, "cpu");
      expect(strict).toHaveLength(3);
      strict.forEach((frame, i) => {
        expect(furthest(frame, plain[i]!)).toBe(0);
      });
    },
  );

  test("does not grow with the number of frames", async () => {
    const max = [];
    for (const frames of [3, 9]) {
      const engine = countingEngine();
      const long = scenes.zoom!.replace("3f", `${frames}f`);
      const text = `${long}output: { file: long-${frames}/, size: ${width}x${height}, fps: 8 }`;
      await renderScene(parseScene(text, { path: at("scene.yaml") }), { engine });
      max.push(engine.max);
    }
    expect(max[1]).toBe(max[0]);
  });

  test("is freed after a failure", async () => {
    const engine = countingEngine();
    const controller = new AbortController();
    const options = { engine, signal: controller.signal, onProgress: () => controller.abort() };
    await expect(renderScene(scene("residual", "stopped"), options)).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect(engine.openTensors).toBe(0);
  });
});

test("scenes that share one engine give the same frames as alone, and do not dispose it", async () => {
  const engine = countingEngine();
  const both = ["zoom", "replace"].map((name) => scene(name, `shared-${name}`));
  const outcomes = await renderScenes(both, { jobs: 2, engine });
  expect(outcomes.map((outcome) => "result" in outcome)).toEqual([true, true]);
  for (const name of ["zoom", "replace"]) {
    const [shared, alone] = [await framesOf(`shared-${name}`), await framesOf(`plain-${name}`)];
    shared.forEach((frame, i) => {
      expect(furthest(frame, alone[i]!)).toBe(0);
    });
  }
  expect(engine.openTensors).toBe(0);
  await engine.dispose();
});

/** The dreamed frames of a scene before they are rounded to 8 bits. */
async function filmOf(name: string, tools: FrameTools): Promise<Frame[]> {
  const engine = shareEngine(tools.engine);
  const prepared = await prepareRender(scene(name, "unused"), { engine });
  try {
    const frames: Frame[] = [];
    const film = dreamFilm(prepared, toolsFor(tools, prepared.plan, {}), {});
    for await (const frame of film) frames.push(frame!);
    return frames;
  } finally {
    await prepared.dispose();
  }
}

describe.skipIf(missing)(`on WebGPU${missing ? ` (skipped: ${missing})` : ""}`, () => {
  // The scenes share compiled shaders: in software they take longer to compile than to run.
  let device: FrameTools;
  let plain: FrameTools;
  beforeAll(() => {
    device = frameTools(strictWebGpu());
    plain = frameTools(createOrtEngine("cpu"));
  });
  afterAll(async () => {
    for (const tools of [device, plain]) await tools.engine.dispose();
  });

  test.each(Object.keys(scenes))(
    "a scene gives the CPU's frames, with every node on the device: %s",
    async (name) => {
      const gpu = await filmOf(name, device);
      expect(device.engine.openTensors).toBe(0);
      const cpu = await filmOf(name, plain);
      expect(gpu).toHaveLength(3);
      for (const [i, frame] of gpu.entries()) expect(furthest(frame, cpu[i]!)).toBeLessThan(1e-3);
    },
    180_000,
  );
});
