/** What a finished render keeps, and what the same command does afterwards. */
import { readdir, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesForKept, retainedShare } from "../../../src/pipeline/cache/retention.ts";
import { estimateRender } from "../../../src/pipeline/forecast/estimate.ts";
import type { RenderOptions, RenderResult } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Twelve frames, the last with `mix`. */
function scene(output: string, mix = 1, keep = "", seed = 1): Scene {
  const text = `source: { noise: { seed: 3 } }
duration: 12f
motion: { zoom: 2 }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0 }
timeline: [{ at: 0f, mix: 1 }, { at: 10f, mix: 1 }, { at: 11f, mix: ${mix} }]
seed: ${seed}
output: { file: ${output}, size: 48x32, fps: 4${keep} }`;
  return parseScene(text, { path: at("scene.yaml") });
}

const render = (
  output: string,
  {
    mix,
    keep,
    seed,
    ...options
  }: RenderOptions & { mix?: number; keep?: string; seed?: number } = {},
): Promise<RenderResult> => renderKept(scene(output, mix, keep, seed), options);

async function kept(output: string): Promise<string[]> {
  return (await readdir(at(`${output}.work`)).catch(() => [])).sort();
}

async function bytesKept(output: string): Promise<number> {
  const sizes = (await kept(output)).map((name) => stat(at(join(`${output}.work`, name))));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

describe("a finished render", () => {
  test.each(["done.mp4", "done.gif", "done/"])(
    "of an unchanged scene is up to date: %s is not rendered again without --fresh",
    async (output) => {
      expect(await render(output)).toMatchObject({ dreamed: 12, upToDate: false });
      const before = await stat(at(output));
      expect(await render(output)).toMatchObject({ frames: 12, dreamed: 0, upToDate: true });
      const after = await stat(at(output));
      expect([after.mtimeMs, after.ino]).toEqual([before.mtimeMs, before.ino]);
      expect(await render(output, { fresh: true })).toMatchObject({ dreamed: 12, upToDate: false });
    },
  );

  test("of an edited scene reuses the frames that the edit does not change", async () => {
    await render("edited.mp4");
    expect(await render("edited.mp4", { mix: 0.5 })).toMatchObject({ dreamed: 1, upToDate: false });
    expect(await render("edited.mp4", { mix: 0.5 })).toMatchObject({ upToDate: true });
    // The frames of the previous version are removed.
    expect((await kept("edited.mp4")).filter((name) => name.startsWith("frame"))).toHaveLength(12);
  });

  test("is encoded again without dreaming if its output is missing", async () => {
    await render("gone.mp4");
    await rename(at("gone.mp4"), at("moved.mp4"));
    expect(await render("gone.mp4")).toMatchObject({ dreamed: 0, upToDate: false });
  });

  test("keeps no frames with keepFrames: false, not even those of an interrupted run", async () => {
    const keep = ", keepFrames: false";
    await render("none.mp4", { keep });
    expect(await kept("none.mp4")).toEqual([]);
    // As if it had been killed after the output was written and before the clean-up.
    await render("other.mp4", { keep: ", keepFrames: true" });
    await rename(at("other.mp4.work"), at("none.mp4.work"));
    // Another killed process was taking its lock over.
    await writeFile(at("none.mp4.work/lock.0123abcd.stale"), "4194304");
    expect(await render("none.mp4", { keep })).toMatchObject({ upToDate: true });
    expect(await readdir(folder.path)).not.toContain("none.mp4.work");
  });

  test("that was modified is replaced only with --force", async () => {
    await render("cut.mkv", { keep: ", keepFrames: false" });
    await writeFile(at("cut.mkv"), Buffer.concat([await readFile(at("cut.mkv")), Buffer.alloc(9)]));
    const own = await readFile(at("cut.mkv"));
    await expect(render("cut.mkv", { keep: ", keepFrames: false" })).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      message: expect.stringMatching(/the output has been changed/),
    });
    expect(await readFile(at("cut.mkv"))).toEqual(own);
    await render("cut.mkv", { keep: ", keepFrames: false", force: true });
  });

  test("keeps the frames of an interrupted render of another version", async () => {
    await render("two.mp4");
    const controller = new AbortController();
    const stopped = render("two.mp4", {
      seed: 9,
      signal: controller.signal,
      onProgress: ({ done }) => done === 4 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
    const before = await kept("two.mp4");
    expect(await render("two.mp4")).toMatchObject({ upToDate: true });
    expect(await kept("two.mp4")).toEqual(before);
    expect((await render("two.mp4", { seed: 9 })).dreamed).toBeLessThan(12);
  });
});

describe("the frames kept for edits", () => {
  test("are limited to a number of bytes and start at the first frame", async () => {
    await render("little.mp4");
    const all = await bytesKept("little.mp4");
    await render("little.mp4", { fresh: true, keptBytes: all / 2 });
    // The frames of the other tests are removed for this one.
    expect(await bytesKept("little.mp4")).toBeLessThanOrEqual(all / 2);
    const frames = (await kept("little.mp4")).filter((name) => name.startsWith("frame"));
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.map((name) => Number(name.slice(6, 12)))).toEqual(frames.map((_, i) => i));
    const { dreamed } = await render("little.mp4", { mix: 0.5 });
    expect(dreamed).toBeGreaterThan(1);
    expect(dreamed).toBeLessThan(12);
  });

  test("are removed for later renders, but unfinished renders are not", async () => {
    await render("first.mp4");
    await render("always.mp4", { keep: ", keepFrames: true" });
    const bytes = await bytesKept("first.mp4");
    await render("second.mp4", { keptBytes: 1.5 * bytes });
    expect(await kept("first.mp4")).toEqual([]);
    expect(await bytesKept("second.mp4")).toBeGreaterThan(0.9 * bytes);
    expect((await kept("always.mp4")).length).toBeGreaterThan(12);
    expect((await stat(at("first.mp4"))).size).toBeGreaterThan(0);
  });

  test("are predicted, and limited to a share of the disk", async () => {
    const { keptBytes, disk } = await estimateRender(scene("predicted.mp4"));
    expect(keptBytes).toBe(disk.workBytes);
    const share = await bytesForKept(at("predicted.mp4"));
    expect(await bytesForKept(at("predicted.mp4"), 1e9)).toBeCloseTo(
      share + retainedShare * 1e9,
      -8,
    );
    const none = await estimateRender(scene("predicted.mp4", 1, ", keepFrames: false"));
    expect(none.keptBytes).toBe(0);
  });

  test("are dreamed again if damaged", async () => {
    await render("spoilt.mp4");
    const third = (await kept("spoilt.mp4")).find((name) => name.startsWith("frame-000002"))!;
    await truncate(at(join("spoilt.mp4.work", third)), 100);
    await expect(render("spoilt.mp4", { mix: 0.5 })).rejects.toMatchObject({
      code: "OUTPUT_BROKEN",
    });
    await render("spoilt.mp4", { mix: 0.5 });
  });
});

test("a preview after a full render has a name of its own, and is then up to date", async () => {
  for (const [output, name] of [
    ["whole.mp4", "whole.preview.mp4"],
    ["stills/", "stills.preview/"],
  ] as const) {
    await render(output);
    expect(await render(output, { preview: true })).toMatchObject({ file: at(name), frames: 6 });
    expect(await render(output, { preview: true })).toMatchObject({ upToDate: true });
    expect(await render(output)).toMatchObject({ upToDate: true });
  }
});
