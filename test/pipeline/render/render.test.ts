import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import {
  decodeAll,
  decodeSound,
  ffmpeg,
  firstSound,
  temporaryFolder,
} from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(randomFrame(5, 24, 32), at("photo.png"));
  // 2 s at 24000/1001 with a beep from 1 s on.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=24000/1001:duration=2.002"],
    ...["-f", "lavfi", "-i", "aevalsrc=sin(2*PI*440*t)*gte(t\\,1):s=44100:d=2.002"],
    ...["-g", "10", at("clip.mp4")],
  );
});
afterAll(() => folder.remove());

/** Fast to dream: one step on the first layer. */
const quick =
  "dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }\n";

async function render(output: string, yaml: string, options?: RenderOptions): Promise<void> {
  const scene = parseScene(`${yaml}\noutput: { file: ${output}, size: 32x24, fps: 8 }`, {
    path: at("scene.yaml"),
  });
  await renderScene(scene, options);
}

async function readFrames(name: string): Promise<Frame[]> {
  const names = (await readdir(at(name))).sort();
  return Promise.all(names.map((file) => readImage(at(`${name}/${file}`))));
}

function distance(a: Frame, b: Frame): number {
  return a.data.reduce((max, value, i) => Math.max(max, Math.abs(value - b.data[i]!)), 0);
}

/** One level of 8 bits. */
const level = 1 / 255;

describe("feedback", () => {
  const still = "source: { image: photo.png }\nduration: 5f\n";

  test("carries the last output along the motion: a pan of one pixel per frame shifts by whole pixels", async () => {
    // 32 px × 0.25 per second / 8 frames per second.
    await render(
      "pan/",
      `${still}dream: { iterations: 0 }\nmotion: { pan: [0.25, 0] }\ncolor: { match: off }`,
    );
    const frames = await readFrames("pan");
    expect(frames).toHaveLength(5);
    let expected = await readImage(at("photo.png"));
    for (const [k, frame] of frames.entries()) {
      expect(distance(frame, expected), `frame ${k}`).toBeLessThanOrEqual(1.01 * level);
      // The left edge is filled with its mirror image.
      const { data } = expected;
      expected = { ...expected, data: data.map((_, i) => data[i % 32 === 0 ? i : i - 1]!) };
    }
  });

  test("mixes source and carried picture by its amount before the dream", async () => {
    await render(
      "half/",
      `${still}dream: { iterations: 0 }\nmotion: { pan: [1, 0] }\nfeedback: { amount: 0.25 }\ncolor: { match: off }`,
    );
    const [first, second] = await readFrames("half");
    // 4 px per frame: start = source + 0.25 × (carried − source).
    const x = 20;
    expect(second!.data[x]).toBeCloseTo(0.75 * first!.data[x]! + 0.25 * first!.data[x - 4]!, 2);
  });

  test("with amount 0 makes every frame from its own source only", async () => {
    const scene = `source: { lavfi: "testsrc2=size=32x24:rate=8" }\nduration: 4f\n${quick}feedback: { amount: 0 }`;
    await render("alone/", scene);
    await render("last/", scene, { frames: [3, 3] });
    const [last] = await readFrames("last");
    expect(distance((await readFrames("alone"))[3]!, last!)).toBe(0);
  });
});

describe("a render", () => {
  const noise = `source: { noise: { seed: 3 } }\nduration: 6f\n${quick}motion: { zoom: 2, rotate: 20deg }\n`;

  test("depends only on the seed", async () => {
    await render("seed-1/", `${noise}seed: 1`);
    await render("seed-1-again/", `${noise}seed: 1`);
    await render("seed-2/", `${noise}seed: 2`);
    const [one, again, two] = await Promise.all(
      ["seed-1", "seed-1-again", "seed-2"].map(readFrames),
    );
    expect(one).toEqual(again);
    expect(distance(one![5]!, two![5]!)).toBeGreaterThan(2 * level);
  });

  test("of some frames equals those frames of the whole", async () => {
    await render("whole/", noise);
    await render("some/", noise, { frames: [2, 4] });
    const [whole, some] = await Promise.all(["whole", "some"].map(readFrames));
    expect(some).toEqual(whole!.slice(2, 5));
  });

  test("with mix 0 equals the source", async () => {
    await render("source/", `source: { image: photo.png }\nduration: 2f\n${quick}mix: 0`);
    const photo = await readImage(at("photo.png"));
    for (const frame of await readFrames("source")) expect(distance(frame, photo)).toBe(0);
  });

  test("strengthens the dream with every carried frame", async () => {
    await render(
      "more/",
      `${noise}motion: { zoom: 1 }\ncolor: { match: off }`.replace(
        "motion: { zoom: 2, rotate: 20deg }\n",
        "",
      ),
    );
    const frames = await readFrames("more");
    const moved = frames.map((frame) => distance(frame, frames[0]!));
    expect(moved[1]).toBeGreaterThan(2 * level);
    expect(moved[5]).toBeGreaterThan(1.5 * moved[1]!);
  });

  test("as a preview has half the size, half the rate and the same duration", async () => {
    await render("half.mp4", noise, { preview: true });
    const { width, height, fps, frames } = await describeVideo("half.preview.mp4");
    expect({ width, height, fps, frames }).toEqual({ width: 16, height: 12, fps: 4, frames: 3 });
  });

  test("that is interrupted leaves no output, and keeps finished frames in a folder beside it", async () => {
    const before = await readdir(folder.path);
    const controller = new AbortController();
    const stopped = render("stopped.mp4", noise, {
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(await readdir(folder.path)).toEqual([...before, "stopped.mp4.work"].sort());
    expect((await readdir(at("stopped.mp4.work"))).filter((file) => /^frame/.test(file))).toEqual([
      expect.stringMatching(/^frame-000000\.[0-9a-f]{16}\.png$/),
      expect.stringMatching(/^frame-000001\.[0-9a-f]{16}\.png$/),
    ]);
  });

  test("never replaces its own source", async () => {
    const scene = parseScene("source: { video: clip.mp4 }\noutput: { file: clip.mp4 }", {
      path: at("scene.yaml"),
    });
    await expect(renderScene(scene, { force: true })).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
    });
    expect(await decodeAll(at("clip.mp4"), 64, 36)).toHaveLength(48);
  });

  test("reports progress up to the last frame", async () => {
    const seen: number[] = [];
    await render("progress/", noise, {
      onProgress: ({ done, total, secondsPerFrame }) => {
        expect(total).toBe(6);
        expect(secondsPerFrame).toBeGreaterThan(0);
        seen.push(done);
      },
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("a clip", () => {
  const clip = (video: string, output: string): Promise<unknown> =>
    renderScene(
      parseScene(`source: { video: ${video} }\n${quick}output: { file: ${output} }`, {
        path: at("scene.yaml"),
      }),
    );

  test("keeps its frames, its rate, its size and its sound in sync", async () => {
    await clip("clip.mp4", "dreamed.mp4");
    const video = await describeVideo("dreamed.mp4");
    expect(video).toMatchObject({ width: 64, height: 36, frames: 48 });
    expect(video.fps).toBeCloseTo(24000 / 1001, 3);
    expect(firstSound(await decodeSound(at("dreamed.mp4")))).toBeCloseTo(1, 1);
  });

  test("dreamed from a start to an end has that part of the sound", async () => {
    await clip("{ file: clip.mp4, start: 0.5s, end: 1.5s }", "part.mp4");
    expect((await describeVideo("part.mp4")).frames).toBe(24);
    const sound = await decodeSound(at("part.mp4"));
    expect(firstSound(sound)).toBeCloseTo(0.5, 1);
    expect(sound.length / 8000).toBeCloseTo(1, 1);
  });

  test("has no sound if the scene drops it", async () => {
    await clip("{ file: clip.mp4, end: 0.2s, audio: drop }", "silent.mp4");
    await expect(decodeSound(at("silent.mp4"))).rejects.toThrow();
  });

  test("is cut by the scene's duration, together with its sound", async () => {
    await renderScene(
      parseScene(
        `source: { video: clip.mp4 }\nduration: 30f\n${quick}output: { file: short.mp4 }`,
        { path: at("scene.yaml") },
      ),
    );
    expect((await describeVideo("short.mp4")).frames).toBe(30);
    expect((await decodeSound(at("short.mp4"))).length / 8000).toBeCloseTo(30 / 23.976, 1);
  });
});

async function describeVideo(
  name: string,
): Promise<{ width: number; height: number; fps: number; frames: number }> {
  const { probeVideo } = await import("../../../src/video/probe.ts");
  const { width, height, fps } = await probeVideo(at(name));
  const frames = await decodeAll(at(name), width, height);
  return { width, height, fps: fps.num / fps.den, frames: frames.length };
}
