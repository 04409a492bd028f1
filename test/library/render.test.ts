import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { readImage, toBytes } from "../../src/image/image.ts";
import { estimate, renderFrames, renderScene, sceneSchema } from "../../src/index.ts";
import { parseScene } from "../../src/scene/parse.ts";
import type { Scene } from "../../src/scene/scene.ts";
import { dreamreel } from "../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  const clip = ["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=3", "-c:v", "mpeg4"];
  await ffmpeg(...clip, at("clip.mkv"));
});
afterAll(() => folder.remove());

const dream = "dream: { layers: { patterns1: 1 }, octaves: 2, iterations: 2 }\nengine: cpu\n";
const zoom = `${dream}source: { noise: {} }\noutput: { file: zoom/, size: 48x32, fps: 8 }\nduration: 6f\n`;
const film = `${dream}output: { file: film/ }
source: { video: { file: clip.mkv, end: 4f } }
shots: [{}, { source: { noise: {} }, duration: 4f, transition: { crossfade: 2f } }]
`;
const sceneOf = (text: string): Scene => parseScene(text, { path: at("scene.yaml") });

async function collect(
  frames: AsyncIterable<{ index: number; frame: Frame }>,
): Promise<Map<number, Frame>> {
  const all = new Map<number, Frame>();
  for await (const { index, frame } of frames) all.set(index, frame);
  return all;
}

describe("the frames of a scene", () => {
  test.each([
    ["a zoom", zoom, "zoom"],
    ["shots that cross-fade", film, "film"],
  ])("equal those that a render writes, in order: %s", async (_, text, name) => {
    const before = await readdir(folder.path);
    const frames = await collect(renderFrames(sceneOf(text)));
    expect(await readdir(folder.path)).toEqual(before);
    await renderScene(sceneOf(text));
    const files = (await readdir(at(name))).filter((file) => file.endsWith(".png")).sort();
    expect([...frames.keys()]).toEqual(files.map((_, i) => i));
    for (const [index, frame] of frames) {
      const written = await readImage(at(join(name, files[index]!)));
      expect(toBytes(frame)).toEqual(toBytes(written));
    }
  });

  test("are numbered from the start of the whole scene, and are half the size in a preview", async () => {
    const part = await collect(renderFrames(sceneOf(zoom), { frames: [3, 4] }));
    expect([...part.keys()]).toEqual([3, 4]);
    const [half] = (await collect(renderFrames(sceneOf(zoom), { preview: true }))).values();
    expect(half).toMatchObject({ width: 24, height: 16 });
  });

  test("are copies: changes do not affect later frames", async () => {
    const plain = await collect(renderFrames(sceneOf(zoom), { frames: [0, 1] }));
    for await (const { index, frame } of renderFrames(sceneOf(zoom), { frames: [0, 1] })) {
      expect(frame).toEqual(plain.get(index));
      frame.data.fill(0);
    }
  });

  test("end with the caller's loop, and progress reports only them", async () => {
    const children = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;
    const before = children();
    const done: number[] = [];
    const text = `${dream}source: { video: clip.mkv }\n`;
    const onProgress = (progress: { done: number }): void => void done.push(progress.done);
    for await (const { index } of renderFrames(sceneOf(text), { onProgress }))
      if (index === 1) break;
    expect(done).toEqual([1, 2]);
    expect(children()).toBe(before);
  });
});

describe("a signal", () => {
  const reason = new Error("the page was left");
  // Minutes of steps of some milliseconds in the first frame.
  const long = zoom.replace(
    "octaves: 2, iterations: 2",
    "octaves: 20, octaveScale: 1.05, iterations: 1000",
  );

  /** Time from the signal to the end of `work`, ms. */
  async function stopped(work: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
    const stop = new AbortController();
    let firedAt = 0;
    setTimeout(() => {
      firedAt = performance.now();
      stop.abort(reason);
    }, 1500);
    await expect(work(stop.signal)).rejects.toMatchObject({ code: "INTERRUPTED", cause: reason });
    return performance.now() - firedAt;
  }

  test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ["frames", (signal) => collect(renderFrames(sceneOf(long), { signal }))],
    ["an estimate", (signal) => estimate(sceneOf(long), { signal })],
    ["a render", (signal) => renderScene(sceneOf(long), { signal, output: at("long.mp4") })],
    [
      "a render in a worker",
      (signal) => renderScene(sceneOf(long), { signal, worker: true, output: at("worker.mp4") }),
    ],
  ])("stops %s in the middle of a long frame", async (_, work) => {
    expect(await stopped(work)).toBeLessThan(1500);
  });
});

test("an estimate has the values of `dreamreel check`", async () => {
  await writeFile(at("scene.yaml"), zoom);
  const { stdout } = await dreamreel(["check", at("scene.yaml"), "--json"]);
  const check = JSON.parse(stdout);
  const estimated = await estimate(sceneOf(zoom));
  expect(estimated).toMatchObject({
    file: check.file,
    size: { width: 48, height: 32 },
    frames: 6,
    fps: 8,
    network: "pocket",
    engine: "cpu",
    memoryBytes: check.memoryBytes,
    diskBytes: check.disk.outputBytes,
    workBytes: check.disk.workBytes,
  });
  expect(estimated.seconds).toBeGreaterThan(0);
  expect(JSON.parse(JSON.stringify(estimated))).toEqual(estimated);
});

test("the schema equals that of `dreamreel schema`", async () => {
  expect(JSON.parse((await dreamreel(["schema"])).stdout)).toEqual(sceneSchema);
});
