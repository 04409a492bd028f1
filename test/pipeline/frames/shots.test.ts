import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame, type Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { decodeAll, decodeSound, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, value] of [
    ["dark", 0.2],
    ["light", 0.8],
  ] as const) {
    const frame = createFrame(24, 32);
    frame.data.fill(value);
    await writeImage(frame, at(`${name}.png`));
  }
  const red = createFrame(24, 32);
  red.data.fill(0.3).fill(0.6, 0, 24 * 32);
  await writeImage(red, at("red.png"));
  const tone = (hz: number): string[] => ["-f", "lavfi", "-i", `sine=frequency=${hz}:duration=2`];
  for (const [name, hz] of [
    ["low", 300],
    ["high", 1500],
  ] as const) {
    await ffmpeg(
      ...["-f", "lavfi", "-i", "color=gray:size=32x24:rate=8:duration=2", ...tone(hz)],
      ...["-c:v", "ffv1", "-c:a", "flac", at(`${name}.mkv`)],
    );
  }
});
afterAll(() => folder.remove());

/** Without dreaming, the output equals the input. */
const plain = "dream: { iterations: 0 }\ncolor: { match: off }\nfeedback: { amount: 0 }\n";

async function render(output: string, yaml: string, options?: RenderOptions): Promise<void> {
  const text = `${plain}${yaml}\noutput: { file: ${output}, size: 32x24, fps: 8 }`;
  await renderKept(parseScene(text, { path: at("scene.yaml") }), options);
}

async function readFrames(name: string): Promise<Frame[]> {
  const names = (await readdir(at(name))).sort();
  return Promise.all(names.map((file) => readImage(at(`${name}/${file}`))));
}

const mean = ({ data }: Frame): number => data.reduce((a, b) => a + b, 0) / data.length;

describe("shots", () => {
  test("follow each other at a cut, and mix over a cross-fade, at the exact frames", async () => {
    await render(
      "film/",
      `shots:
  - { source: { image: dark.png }, duration: 5f }
  - { source: { image: light.png }, duration: 4f, transition: cut }
  - { source: { image: dark.png }, duration: 1s, transition: { crossfade: 3f } }`,
    );
    const means = (await readFrames("film")).map(mean);
    const light = [0, 0, 0, 0, 0, 1, 0.75, 0.5, 0.25, 0, 0, 0, 0, 0];
    expect(means.map((v) => (v - 0.2) / 0.6)).toEqual(light.map((v) => expect.closeTo(v, 1)));
  });

  test("have the same frames in a partial render as in the whole", async () => {
    const film = `shots:
  - { source: { noise: { seed: 1 } }, duration: 4f, dream: { iterations: 1, layers: { edges: 1 }, octaves: 1, laplacian: 0 } }
  - { source: { noise: { seed: 2 } }, duration: 6f, transition: { crossfade: 2f }, feedback: { amount: 1 } }`;
    await render("whole/", film);
    await render("part/", film, { frames: [3, 6] });
    const [whole, part] = [await readFrames("whole"), await readFrames("part")];
    expect(whole).toHaveLength(8);
    expect(part.map(({ data }) => data)).toEqual(whole.slice(3, 7).map(({ data }) => data));
  });

  test("have values of their own, relative to their own start", async () => {
    await render(
      "own/",
      `shots:
  - { source: { image: red.png }, duration: 4f }
  - { source: { image: red.png }, duration: 5f, color: { saturation: "1 - f / 4" } }
  - { source: { image: red.png }, duration: 3f, timeline: [{ at: 100%, color: { saturation: 0 } }] }`,
    );
    const redness = (await readFrames("own")).map(
      ({ data, height, width }) => (data[0]! - data[height * width]!) / 0.3,
    );
    // Equal steps of chroma, which are nearly equal steps of red.
    const steps = [1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 1, 0.5, 0];
    expect(redness).toEqual(steps.map((step) => expect.closeTo(step, 1)));
  });

  test("refuse a cross-fade longer than the shots it joins, at its place", async () => {
    const film = `shots:
  - { source: { image: dark.png }, duration: 3f }
  - { source: { image: light.png }, duration: 9f, transition: { crossfade: 4f } }`;
    await expect(render("long.mp4", film)).rejects.toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(/crossfade of 4 frames does not fit/),
      where: expect.stringMatching(/scene\.yaml:6:/),
    });
  });

  test("have their own sound: in sequence, mixed during cross-fades, and silent without sound", async () => {
    await render(
      "sound.mkv",
      `shots:
  - { source: { video: low.mkv }, duration: 1s }
  - { source: { image: dark.png }, duration: 1s }
  - { source: { video: { file: high.mkv, start: 0.5s } }, duration: 1.5s }
  - { source: { video: low.mkv }, duration: 1s, transition: { crossfade: 0.5s } }`,
    );
    expect(await decodeAll(at("sound.mkv"), 32, 24)).toHaveLength(32);
    const sound = await decodeSound(at("sound.mkv"));
    expect(Math.abs(sound.length / 8000 - 4)).toBeLessThan(0.04);
    /** Amplitude of a tone in a part of the sound. */
    const tone = (hz: number, from: number, to: number): number => {
      const part = sound.slice(from * 8000, to * 8000);
      const along = (wave: (x: number) => number): number =>
        part.reduce((sum, v, i) => sum + v * wave((2 * Math.PI * hz * i) / 8000), 0);
      return Math.hypot(along(Math.sin), along(Math.cos)) / part.length;
    };
    const full = tone(300, 0.1, 0.9);
    expect(full).toBeGreaterThan(0.02);
    expect(tone(1500, 0.1, 0.9)).toBeLessThan(0.05 * full);
    expect(Math.max(tone(300, 1.1, 1.9), tone(1500, 1.1, 1.9))).toBeLessThan(0.05 * full);
    expect(tone(1500, 2.1, 2.9) / full).toBeCloseTo(1, 1);
    expect(tone(300, 2.1, 2.9)).toBeLessThan(0.05 * full);
    // Both tones are equally loud in the middle of the cross-fade.
    expect(tone(1500, 3.2, 3.3) / full).toBeCloseTo(0.5, 1);
    expect(tone(300, 3.2, 3.3) / full).toBeCloseTo(0.5, 1);
    expect(tone(300, 3.6, 3.9) / full).toBeCloseTo(1, 1);
  });
});
