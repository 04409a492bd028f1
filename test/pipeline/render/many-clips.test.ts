/** A scene of many clips: the number of open files does not grow with them. */
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dreamFilm } from "../../../src/pipeline/frames/film.ts";
import { stepTools } from "../../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Decoder } from "../../../src/video/decode.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";

const decoders = vi.hoisted(() => ({ opened: 0, open: 0, most: 0 }));

vi.mock("../../../src/video/decode.ts", async (original) => {
  const decode = await original<typeof import("../../../src/video/decode.ts")>();
  return {
    ...decode,
    async openDecoder(...args: Parameters<typeof decode.openDecoder>): Promise<Decoder> {
      const decoder = await decode.openDecoder(...args);
      decoders.opened++;
      decoders.most = Math.max(decoders.most, ++decoders.open);
      let isOpen = true;
      return {
        ...decoder,
        next: () => decoder.next(),
        async close() {
          if (isOpen) decoders.open--;
          isOpen = false;
          await decoder.close();
        },
      };
    },
  };
});

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Number of files that this process has open; 0 on systems that do not list them. */
const openFiles = async (): Promise<number> =>
  (await readdir("/proc/self/fd").catch(() => [])).length;

const clips = Number(process.env.DREAMREEL_TEST_CLIPS ?? 12);

test("at most two cross-faded clips are decoded at the same time", {
  timeout: 10_000 * clips,
}, async () => {
  const first = join(folder.path, "0.mkv");
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=size=16x16:rate=8:d=0.375", "-c:v", "ffv1", first);
  for (let i = 1; i < clips; i++) await copyFile(first, join(folder.path, `${i}.mkv`));
  const shots = Array.from({ length: clips }, (_, i) => {
    const fade = i > 0 && i % 2 === 0 ? ", transition: { crossfade: 2f }" : "";
    return `{ source: { video: ${i}.mkv }, duration: 3f${fade} }`;
  });
  const text = `shots: [${shots.join(", ")}]\nfeedback: { amount: 0 }\ncolor: { match: off }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 0 }\noutput: { size: 16x16, fps: 8 }`;
  const scene = parseScene(text, { path: join(folder.path, "scene.yaml") });
  const before = await openFiles();
  const prepared = await prepareRender(scene, { engine: "cpu", threads: 1 });
  try {
    expect(decoders.opened).toBe(0);
    let [frames, files] = [0, 0];
    for await (const _ of dreamFilm(prepared, stepTools(prepared.engine, prepared.plan, {}), {})) {
      frames++;
      files = Math.max(files, (await openFiles()) - before);
    }
    expect(frames).toBe(prepared.plan.frames);
    expect(decoders).toMatchObject({ opened: clips, open: 0, most: 2 });
    expect(files).toBeLessThan(20);
  } finally {
    await prepared.dispose();
  }
});
