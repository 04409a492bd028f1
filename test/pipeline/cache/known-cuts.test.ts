/** A resumed clip is read from where the render stopped, and the result equals an uninterrupted render. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { FlowEstimator } from "../../../src/flow/optical-flow.ts";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const colors = "eq=saturation=0.4";
  // A cut at frame 6 and another at 36, then six more frames.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=0.75"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=48x32:rate=8:start_scale=0.5"],
    ...["-f", "lavfi", "-i", `testsrc=size=48x32:rate=8,negate,${colors}`],
    "-filter_complex",
    "[1]trim=end_frame=30[m];[2]trim=end_frame=6[n];[0][m][n]concat=n=3:v=1",
    ...["-c:v", "ffv1", at("clip.mkv")],
  );
});
afterAll(() => folder.remove());
afterEach(() => {
  vi.restoreAllMocks();
});

const text = (output: string, more: string): string => `source: { video: clip.mkv }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }
feedback: { amount: 0.6, warp: motion }
color: { match: first }
engine: cpu
output: { file: ${output}, size: 48x32, fps: 8, keepFrames: true }
${more}`;

async function render(output: string, options: RenderOptions = {}, more = ""): Promise<void> {
  await renderKept(parseScene(text(output, more), { path: at("scene.yaml") }), options);
}

/** Render until `count` frames are dreamed, then interrupt. */
async function renderSome(output: string, count: number): Promise<void> {
  const controller = new AbortController();
  const onProgress = ({ done }: { readonly done: number }): void => {
    if (done === count) controller.abort();
  };
  await expect(render(output, { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
}

async function cutsOf(output: string): Promise<{ file: string; cuts: number[]; last: number }> {
  const name = (await readdir(at(`${output}.work`))).find((file) => file.startsWith("cuts-0."))!;
  const file = join(at(`${output}.work`), name);
  const { segments, last } = JSON.parse(await readFile(file, "utf8"));
  return { file, cuts: segments.map(({ first }: { first: number }) => first), last };
}

const otherColors =
  '{ "segments": [{ "first": 0, "colors": { "mean": [0.5] } }], "last": 41, "from": 18 }';

const pictures = (name: string): Promise<Uint8Array[]> => decodeAll(at(name), 48, 32);

describe("a clip with cuts", { timeout: 120_000 }, () => {
  let whole: Uint8Array[];
  let estimates: number;
  beforeAll(async () => {
    const estimate = vi.spyOn(FlowEstimator.prototype, "estimate");
    await render("whole.mkv");
    estimates = estimate.mock.calls.length;
    estimate.mockRestore();
    whole = await pictures("whole.mkv");
  }, 120_000);

  test("keeps its cuts, and the colours after each cut, in the render cache", async () => {
    expect(await cutsOf("whole.mkv")).toMatchObject({ cuts: [0, 6, 36], last: 41 });
    expect(estimates).toBe(41);
  });

  test.each([20, 37])(
    "resumes after %i frames with the same pictures, and estimates flow only for up to a second of frames before them",
    async (count) => {
      const output = `resumed${count}.mkv`;
      await renderSome(output, count);
      const estimate = vi.spyOn(FlowEstimator.prototype, "estimate");
      await render(output);
      const { last } = await cutsOf(output);
      expect(last).toBe(41);
      expect(await pictures(output)).toEqual(whole);
      // The pictures since the cut, at most 24, and those to come.
      const since = Math.min(24, count - (count > 36 ? 36 : 6));
      expect(estimate.mock.calls.length).toBeLessThanOrEqual(since + 42 - count + 1);
      expect(estimate.mock.calls.length).toBeLessThan(estimates - 4);
    },
  );

  test("changed at its end is not read from its start", async () => {
    const more = "duration: 42f\ntimeline: [{ at: 40f, mix: 0.5 }, { at: 39f, mix: 1 }]";
    await render("fresh.mkv", {}, more);
    const estimate = vi.spyOn(FlowEstimator.prototype, "estimate");
    await render("whole.mkv", {}, more);
    expect(estimate.mock.calls).toHaveLength(0);
    expect(await pictures("whole.mkv")).toEqual(await pictures("fresh.mkv"));
  });

  test.each([
    ["damaged", '{"segments":[{'],
    ["of another kind", "null"],
    ["without cuts", '{ "segments": {}, "last": 41, "from": 41 }'],
    ["with colours of another kind", otherColors],
  ])("is analysed again if the cached cuts are %s", async (_, content) => {
    await renderSome("damaged.mkv", 10);
    await writeFile((await cutsOf("damaged.mkv")).file, content);
    await render("damaged.mkv");
    expect(await pictures("damaged.mkv")).toEqual(whole);
    expect(await cutsOf("damaged.mkv")).toMatchObject({ cuts: [0, 6, 36], last: 41 });
    await rm(at("damaged.mkv"));
    await rm(at("damaged.mkv.work"), { recursive: true });
  });
});
