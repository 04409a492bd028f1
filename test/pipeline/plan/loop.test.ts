import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { fractalNoise } from "../../../src/image/noise.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { decodeAll, decodeSound, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(fractalNoise({ seed: 3, scale: 4, width: 160, height: 48 }), at("wide.png"));
  // A pan of 2 px per frame that does not return, and a rising tone.
  await ffmpeg(
    ...[
      "-f",
      "lavfi",
      "-i",
      `movie=${at("wide.png")}:loop=0,setpts=N/8/TB,fps=8,trim=end_frame=40,crop=64:48:x=n*2:y=0,setsar=1,format=gbrp`,
    ],
    ...["-f", "lavfi", "-i", "sine=frequency=440:duration=5", "-c:v", "ffv1", "-c:a", "flac"],
    at("clip.mkv"),
  );
});
afterAll(() => folder.remove());

const dream =
  "dream: { layers: { patterns1: 1 }, octaves: 2, iterations: 2, laplacian: 0, stepSize: 3 }\n";

async function render(output: string, yaml: string): Promise<void> {
  const text = `${dream}${yaml}\nloop: true\noutput: { file: ${output}, size: 64x48, fps: 8 }`;
  await renderKept(parseScene(text, { path: at("scene.yaml") }));
}

async function readFrames(name: string): Promise<Frame[]> {
  const names = (await readdir(at(name))).sort();
  return Promise.all(names.map((file) => readImage(at(`${name}/${file}`))));
}

/** Mean difference of each frame to the next, and of the last to the first. */
function differences(frames: readonly Frame[]): number[] {
  return frames.map(({ data }, i) => {
    const next = frames[(i + 1) % frames.length]!.data;
    return data.reduce((sum, v, k) => sum + Math.abs(v - next[k]!), 0) / data.length;
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

describe("a loop", () => {
  test.each([
    ["zoom", "source: { noise: { seed: 2 } }\nduration: 3s\nmotion: { zoom: 1.8, rotate: 20 }"],
    ["noise", "source: { noise: { seed: 2 } }\nduration: 3s"],
    [
      "image",
      "source: { image: wide.png }\nduration: 3s\nfeedback: { amount: 0.7 }\nmotion: { pan: [0.1, 0] }",
    ],
    ["clip", "source: { video: clip.mkv }\nfeedback: { mode: residual }"],
  ])(
    "of a %s scene has no seam: the last frame differs from the first as any frame from the next",
    async (name, yaml) => {
      await render(`${name}/`, yaml);
      const frames = await readFrames(name);
      expect(frames).toHaveLength(name === "clip" ? 32 : 24);
      const steps = differences(frames);
      expect(median(steps)).toBeGreaterThan(1e-3);
      expect(steps.at(-1)!).toBeLessThan(1.25 * median(steps));
      // Nothing jumps during the transition.
      expect(Math.max(...steps)).toBeLessThan(1.5 * median(steps));
    },
  );

  test("restarts its clocks at its end", async () => {
    await render(
      "clock/",
      'source: { image: wide.png }\nduration: 16f\nfeedback: { amount: 0 }\nmix: "0.5 - 0.5 * cos(2*pi*p)"',
    );
    const steps = differences(await readFrames("clock"));
    expect(steps.at(-1)).toBeLessThan(1.25 * Math.max(...steps));
  });

  test("of a clip keeps its sound for the duration of the pictures", async () => {
    await render("sound.mkv", "source: { video: clip.mkv }");
    expect(await decodeAll(at("sound.mkv"), 64, 48)).toHaveLength(32);
    expect((await decodeSound(at("sound.mkv"))).length / 8000).toBeCloseTo(4, 1);
  });

  test("is marked as such in GIF and WebP", async () => {
    const still = "source: { image: wide.png }\nduration: 4f";
    await render("loop.gif", still);
    await render("loop.webp", still);
    const gif = await readFile(at("loop.gif"));
    const flag = gif.indexOf("NETSCAPE2.0") + "NETSCAPE2.0".length;
    expect([...gif.subarray(flag, flag + 4)]).toEqual([3, 1, 0, 0]);
    const webp = await readFile(at("loop.webp"));
    const anim = webp.indexOf("ANIM");
    expect(webp.readUInt16LE(anim + 12)).toBe(0);
  });
});
