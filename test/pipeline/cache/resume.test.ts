/** An interrupted render resumes, and the result equals an uninterrupted render. */

import { readdirSync } from "node:fs";
import { copyFile, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readImage } from "../../../src/image/image.ts";
import type { RenderOptions, RenderResult } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg("-f", "lavfi", "-i", "mandelbrot=size=32x32", "-frames:v", "1", at("palette.png"));
  // Two shots: a moving picture, and from frame 5 on a different one.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=0.625"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=48x32:rate=8:start_scale=0.5"],
    ...[
      "-filter_complex",
      "[0][1]concat=n=2:v=1",
      "-frames:v",
      "10",
      "-c:v",
      "ffv1",
      at("clip.mkv"),
    ],
  );
});
afterAll(() => folder.remove());

const quick = "dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }";
const zoom = `source: { noise: { seed: 3 } }\nduration: 10f\nmotion: { zoom: 2, rotate: 20deg }\n${quick}`;
const clip = `source: { video: clip.mkv }\n${quick}`;
const loop = `${zoom}\nloop: true`;
const film = `shots:
  - { source: { noise: { seed: 3 } }, duration: 6f, motion: { zoom: 2 } }
  - { source: { video: clip.mkv }, transition: { crossfade: 3f } }
${quick}`;

const robust = zoom.replace(
  "jitter: 4",
  "jitter: 4, space: fourier, scaleJitter: 0.1, rotateJitter: 8deg",
);
const objectives = `source: { noise: { seed: 3 } }
duration: 10f
dream:
  layers: { edges: { weight: 1, objective: caricature }, "strokes:strongest-2": "1 + p", "patterns1": { objective: neuron, at: [0.2, 0.7] } }
  octaves: 1
  iterations: 1`;
const flight = `${zoom.replace("rotate: 20deg", "tilt: 20deg, turn: 30deg, border: wrap")}
feedback: { noise: 0.02, sharpen: 0.5 }
color: { match: { image: palette.png }, keep: 0.3 }`;
const regions = `${zoom.replace("{ edges: 1 }", '{ a/edges: "1 - p", b/strokes: p }')}
models: { a: pocket, b: pocket }
regions:
  - matte: { video: clip.mkv, strength: "0.3 + 0.7 * p" }
    dream: { layers: { a/strokes: 1 }, iterations: 2 }
  - { matte: { video: clip.mkv, invert: true, strength: 0.5 }, dream: { layers: b/edges, stepSize: 4 } }
`;

const bundled = fileURLToPath(new URL("../../../models/pocket.onnx", import.meta.url));

function render(
  output: string,
  yaml: string,
  options?: RenderOptions,
  size = "48x32",
): Promise<RenderResult> {
  const text = `${yaml}\noutput: { file: ${output}, size: ${size}, fps: 8, keepFrames: ${options?.fresh === false} }`;
  return renderKept(parseScene(text, { path: at("scene.yaml") }), options);
}

/** Render until `count` frames are dreamed in this run, then interrupt as Ctrl-C does. */
async function renderSome(output: string, yaml: string, count: number): Promise<void> {
  const controller = new AbortController();
  const stopped = render(output, yaml, {
    signal: controller.signal,
    onProgress: ({ done }) => done === count && controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
}

/** The pixels of every frame. The files differ, because their recipes contain the output's name. */
async function frames(name: string): Promise<Float32Array[]> {
  const names = (await readdir(at(name))).filter((file) => file.endsWith(".png")).sort();
  return Promise.all(names.map(async (file) => (await readImage(at(join(name, file)))).data));
}

describe("an interrupted render", () => {
  test.each([
    ["a zoom", zoom],
    ["a clip that cuts, by flow and residual", clip],
    ["a loop, within its first frames", loop],
    ["regions by two models", regions],
    ["shots that cross-fade", film],
    ["random scale and rotation in Fourier space", robust],
    ["objectives and channels by activation", objectives],
    ["motion in space with grain, a palette and kept colours", flight],
    ["a zoom with a cadence", `${zoom.replace("10f", "16f")}\nfeedback: { every: 3 }`],
    ["a clip that cuts, with a cadence", `${clip}\nfeedback: { every: 4 }`],
    ["a clip to its own end, with a cadence of three", `${clip}\nfeedback: { every: 3 }`],
    ["a loop with a cadence", `${loop}\nfeedback: { every: 3 }`],
    ["shots that cross-fade, with a cadence", `${film}\nfeedback: { every: 3 }`],
  ])("again and again, equals one that never was: %s", async (name, yaml) => {
    const base = name.replace(/\W/g, "");
    await render(`${base}-whole/`, yaml);
    const whole = await frames(`${base}-whole`);
    // Each interruption comes two frames later: during the pre-roll, cross-fade and cut, and between them.
    let runs = 0;
    for (; runs < 20; runs++) {
      const controller = new AbortController();
      const outcome = await render(`${base}/`, yaml, {
        signal: controller.signal,
        onProgress: ({ done }) => done === 2 && controller.abort(),
      }).catch((error: { code: string }) => error.code);
      if (outcome !== "INTERRUPTED") break;
    }
    expect(runs).toBeGreaterThanOrEqual(4);
    expect(runs).toBeLessThan(20);
    expect(await frames(base)).toEqual(whole);
    // The render cache is removed.
    expect((await readdir(folder.path)).filter((file) => file.includes("work"))).toEqual([]);
  });

  test("dreams no finished frame again", async () => {
    await renderSome("zoom.mp4", zoom, 6);
    const notes: string[] = [];
    const { dreamed } = await render("zoom.mp4", zoom, { onNotice: (note) => notes.push(note) });
    expect(dreamed).toBe(4);
    expect(notes).toContainEqual(expect.stringMatching(/^6 of 10 frames are already in the cache/));
    expect(await decodeAll(at("zoom.mp4"), 48, 32)).toHaveLength(10);
  });

  test("starts over with fresh", async () => {
    await renderSome("over.mp4", zoom, 3);
    expect((await render("over.mp4", zoom, { fresh: true })).dreamed).toBe(10);
  });

  test.each([
    ["seed", "seed: 2", undefined],
    ["network", `model: { file: ${bundled}, preprocess: { mean: [0.4, 0.4, 0.4] } }`, undefined],
    ["size", "", "40x24"],
  ])("is not reused with another %s", async (what, more, size) => {
    await renderSome(`own-${what}/`, zoom, 3);
    const { dreamed } = await render(`own-${what}/`, `${zoom}\n${more}`, {}, size);
    expect(dreamed).toBe(10);
  });

  test("keeps its frames during a preview or partial render of the same output", async () => {
    await renderSome("parts/", zoom, 6);
    await render("parts/", zoom, { preview: true, output: at("parts/") });
    expect((await render("parts/", zoom, { frames: [2, 4], force: true })).dreamed).toBe(0);
    expect((await render("parts/", zoom, { force: true })).dreamed).toBe(4);
  });
});

describe("a scene with a cadence", () => {
  const keep = { fresh: false };
  const cadence = `${zoom}\nfeedback: { every: 4 }`;
  const edited = `${cadence}\nmix: "f == 6 ? 0.5 : 1"`;

  test("makes one frame again after an edit between dreamed frames, and it is that of a whole", async () => {
    await render("gap/", cadence, keep);
    const before = await frames("gap");
    expect((await render("gap/", edited, keep)).dreamed).toBe(1);
    await render("gap-whole/", edited);
    const after = await frames("gap");
    expect(after).toEqual(await frames("gap-whole"));
    expect(after.map((frame, i) => (frame.join() === before[i]!.join() ? "." : "x")).join("")).toBe(
      "......x...",
    );
  });

  test("has the same frames in a part, which reads on to the next dreamed one", async () => {
    await render("cadence/", cadence);
    await render("cadence-part/", cadence, { frames: [5, 6] });
    expect(await frames("cadence-part")).toEqual((await frames("cadence")).slice(5, 7));
  });

  test("has the same frames in shots rendered in parallel", async () => {
    const shots = `${film}\nfeedback: { every: 3 }\nengine: cpu`;
    await render("cadence-one/", shots);
    await render("cadence-two/", shots, { jobs: 2 });
    expect(await frames("cadence-two")).toEqual(await frames("cadence-one"));
  });
});

describe("a scene that was changed", () => {
  const keep = { fresh: false };
  const changing = (last: number): string =>
    `${zoom.replace("10f", "16f")}\ntimeline:\n  - { at: 0f, mix: 1 }\n  - { at: 12f, mix: 1 }\n  - { at: 14f, mix: ${last} }`;

  test("is dreamed again from the first frame that the edit affects", async () => {
    await render("changed/", changing(1), keep);
    // Frame 13 is the first that differs. Checkpoints exist once per second, that of frame 7, and for the latest six
    // frames.
    const { dreamed } = await render("changed/", changing(0.5), keep);
    expect(dreamed).toBe(3);
    await render("changed-whole/", changing(0.5));
    expect(await frames("changed")).toEqual(await frames("changed-whole"));
  });

  test("without feedback is dreamed again at the affected frames only", async () => {
    const alone = (last: number): string => `${changing(last)}\nfeedback: { amount: 0 }`;
    await render("alone/", alone(1), keep);
    expect((await render("alone/", alone(0.5), keep)).dreamed).toBe(3);
  });

  test("with another encoding is encoded again without dreaming", async () => {
    await render("codec.mp4", zoom, keep);
    const coarse = parseScene(
      `${zoom}\noutput: { file: codec.mp4, size: 48x32, fps: 8, quality: 40, codec: h265, keepFrames: false }`,
      { path: at("scene.yaml") },
    );
    const before = (await stat(at("codec.mp4"))).size;
    expect((await renderKept(coarse)).dreamed).toBe(0);
    expect((await stat(at("codec.mp4"))).size).toBeLessThan(before);
    // This scene has keepFrames: false.
    expect(await readdir(folder.path)).not.toContain("codec.mp4.work");
  });
});

describe("the lock of a render", () => {
  test("refuses another render into the same output, with process id and machine", async () => {
    const first = render("busy.mp4", zoom, {
      onProgress: async ({ done }) => {
        if (done === 1) second ??= render("busy.mp4", zoom).catch((error: unknown) => error);
      },
    });
    let second: Promise<unknown> | undefined;
    await first;
    expect(await second).toMatchObject({
      code: "OUTPUT_BUSY",
      message: `process ${process.pid} on ${hostname()} is rendering into this output`,
    });
  });

  test("is not affected by a clock that jumps", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      await render("jumps/", zoom, {
        onProgress: ({ done, secondsLeft }) => {
          vi.setSystemTime(Date.now() + (done % 2 ? 1 : -1) * 36e5 * done);
          expect(secondsLeft).toBeGreaterThanOrEqual(0);
          expect(secondsLeft).toBeLessThan(600);
        },
      });
    } finally {
      vi.useRealTimers();
    }
    await render("steady/", zoom);
    expect(await frames("jumps")).toEqual(await frames("steady"));
  });

  test("is taken over from a dead process", async () => {
    await renderSome("dead.mp4", zoom, 3);
    await writeFile(at("dead.mp4.work/lock"), `4194305 ${hostname()}`);
    expect((await render("dead.mp4", zoom)).dreamed).toBe(7);
  });

  test("of another machine holds as long as it is touched, whatever its clock", async () => {
    await renderSome("far.mp4", zoom, 3);
    const lock = at("far.mp4.work/lock");
    await writeFile(lock, "7 elsewhere");
    const touch = setInterval(() => {
      const past = new Date(Date.now() - 3_600_000 - Math.random() * 1000);
      utimes(lock, past, past).catch(() => {});
    }, 300);
    await utimes(lock, 0, 0);
    try {
      await expect(render("far.mp4", zoom)).rejects.toMatchObject({
        code: "OUTPUT_BUSY",
        message: "process 7 on elsewhere is rendering into this output",
      });
    } finally {
      clearInterval(touch);
    }
    await rm(lock);
  });

  test.each([
    ["replaced", () => copyFile(at("other.mkv"), at("source.mkv"))],
    ["truncated", () => truncate(at("source.mkv"), 1000)],
    ["removed", () => rm(at("source.mkv"))],
  ])("detects a source that is %s; after it is restored, the render resumes", async (_, spoil) => {
    await copyFile(at("clip.mkv"), at("source.mkv"));
    await ffmpeg("-i", at("clip.mkv"), "-vf", "negate", "-c:v", "ffv1", at("other.mkv"));
    const yaml = clip.replace("clip.mkv", "source.mkv");
    let done = 0;
    let spoiling = false;
    const failed = render("spoilt/", yaml, {
      onProgress: (progress) => {
        done = progress.done;
        // Wait for the first kept frame, however fast the dream is.
        const kept = readdirSync(at("spoilt.work")).some((name) => name.startsWith("frame"));
        if (kept && !spoiling) {
          spoiling = true;
          void spoil();
        }
      },
    });
    await expect(failed).rejects.toMatchObject({
      code: "SOURCE_CHANGED",
      where: at("source.mkv"),
    });
    expect(done).toBeLessThan(10);
    await copyFile(at("clip.mkv"), at("source.mkv"));
    const { dreamed } = await render("spoilt/", yaml);
    expect(dreamed).toBeLessThan(10);
    await render("unspoilt/", yaml);
    expect(await frames("spoilt")).toEqual(await frames("unspoilt"));
    await rm(at("spoilt"), { recursive: true });
  });

  test("accepts a source with a new modification time", async () => {
    await copyFile(at("clip.mkv"), at("source.mkv"));
    const yaml = clip.replace("clip.mkv", "source.mkv");
    await render("touched/", yaml, {
      onProgress: ({ done }) => {
        if (done === 3) void utimes(at("source.mkv"), new Date(), new Date());
      },
    });
    expect(await frames("touched")).toHaveLength(10);
  });

  test("reports a damaged kept frame and dreams it again", async () => {
    await renderSome("damaged/", zoom, 6);
    const work = at("damaged.work");
    const third = (await readdir(work)).find((name) => name.startsWith("frame-000002"))!;
    await truncate(join(work, third), 200);
    await expect(render("damaged/", zoom)).rejects.toMatchObject({
      code: "OUTPUT_BROKEN",
      where: join(work, third),
    });
    await render("damaged/", zoom);
    await render("undamaged/", zoom);
    expect(await frames("damaged")).toEqual(await frames("undamaged"));
  });
});
