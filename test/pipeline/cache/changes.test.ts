import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame, type Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { filmParametersAt } from "../../../src/pipeline/plan/plan.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { decodeSound, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height] = [48, 32];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(randomFrame(5, height, width), at("photo.png"));
  await writeImage(randomFrame(6, 40, 40), at("guide.png"));
  const half = createFrame(height, width);
  for (let i = 0; i < half.data.length; i++) half.data[i] = i % width < width / 2 ? 0 : 1;
  await writeImage(half, at("matte.png"));
  // White enters from the left at 6 px per frame.
  await ffmpeg(
    ...[
      "-f",
      "lavfi",
      "-i",
      `nullsrc=size=${width}x${height}:rate=8:duration=0.5,format=gray,geq=lum='255*lt(X,6*(N+1))'`,
    ],
    ...["-pix_fmt", "gray", "-c:v", "ffv1", at("matte.mkv")],
  );
  await ffmpeg(
    ...[
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=40x40:rate=8:duration=1,format=gbrp",
      "-c:v",
      "ffv1",
      at("guide.mkv"),
    ],
  );
  // A low tone from 0.5 s to 1 s.
  await ffmpeg(
    ...[
      "-f",
      "lavfi",
      "-i",
      "aevalsrc='0.5*sin(2*PI*80*t)*between(t,0.5,1)':s=44100:d=2",
      at("thud.wav"),
    ],
  );
});
afterAll(() => folder.remove());

const dream =
  "dream: { layers: { patterns1: 1 }, octaves: 1, iterations: 2, laplacian: 0, stepSize: 4 }\n";
const still =
  "source: { image: photo.png }\nduration: 4f\nfeedback: { amount: 0 }\ncolor: { match: off }\n";

function scene(output: string, yaml: string, base = dream): Scene {
  const text = `${base}${yaml}\noutput: { file: ${output}, size: ${width}x${height}, fps: 8 }`;
  return parseScene(text, { path: at("scene.yaml") });
}

async function frames(name: string, yaml: string, base = dream): Promise<Frame[]> {
  await renderKept(scene(`${name}/`, yaml, base));
  const files = (await readdir(at(name))).sort();
  return Promise.all(files.map((file) => readImage(at(`${name}/${file}`))));
}

/** Mean difference of two frames over the columns from `from` to `to`. */
function difference(a: Frame, b: Frame, from = 0, to = width): number {
  let [sum, seen] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    if (i % width < from || i % width >= to) continue;
    sum += Math.abs(value - b.data[i]!);
    seen++;
  }
  return sum / seen;
}

describe("a scripted change of layers", () => {
  test("is a cut with hold easing, and equals a scene of the one layer before and after", async () => {
    const layers = (timeline: string): string => `${still}timeline: [${timeline}]`;
    const base = dream.replace("layers: { patterns1: 1 }, ", "");
    const [one, two] = ["{ edges: 1 }", "{ patterns1: 1 }"];
    const both = await frames(
      "held",
      layers(
        `{ at: 0s, dream: { layers: ${one} } }, { at: 2f, ease: hold, dream: { layers: ${two} } }`,
      ),
      base,
    );
    const first = await frames("first", `${still}`, dream.replace("patterns1", "edges"));
    const second = await frames("second", still);
    // A layer with weight 0 is still in the graph, so the pictures are equal up to rounding.
    expect(difference(both[1]!, first[1]!)).toBeLessThan(2e-3);
    expect(difference(both[2]!, second[2]!)).toBeLessThan(2e-3);
    expect(difference(both[1]!, second[1]!)).toBeGreaterThan(1e-2);
  });
});

describe("a matte", () => {
  test("keeps the dream inside, and the exact source outside", async () => {
    const source = await readImage(at("photo.png"));
    const [first] = await frames("inside", `${still}matte: matte.png`);
    expect(difference(first!, source, 0, width / 2)).toBe(0);
    expect(difference(first!, source, width / 2)).toBeGreaterThan(0.01);
    const [inverted] = await frames("outside", `${still}matte: { image: matte.png, invert: true }`);
    expect(difference(inverted!, source, width / 2)).toBe(0);
    expect(difference(inverted!, source, 0, width / 2)).toBeGreaterThan(0.01);
  });

  test("may be a video, whose last frame stays, and has an effect in proportion to its strength", async () => {
    const source = await readImage(at("photo.png"));
    const moving = await frames(
      "moving",
      `${still.replace("4f", "6f")}matte: matte.mkv\ntimeline: [{ at: 4f, matte: { strength: 1 } }, { at: 5f, matte: { strength: 0 } }]`,
    );
    for (const [i, frame] of moving.slice(0, 5).entries()) {
      const edge = Math.min(24, 6 * (i + 1));
      expect(difference(frame, source, edge)).toBe(0);
      expect(difference(frame, source, 0, edge)).toBeGreaterThan(0.005);
    }
    expect(difference(moving[5]!, source, 30)).toBeGreaterThan(0.005);
  });
});

describe("a guide", () => {
  test("has an effect in proportion to its strength: none at 0, full at 1", async () => {
    const [plain] = await frames("plain", still);
    const guided = (strength: number): Promise<Frame[]> =>
      frames(
        `guided${strength}`,
        still,
        dream.replace("octaves", `guide: { image: guide.png, strength: ${strength} }, octaves`),
      );
    const [none, half, all] = [
      (await guided(0))[0]!,
      (await guided(0.5))[0]!,
      (await guided(1))[0]!,
    ];
    expect(difference(none, plain!)).toBe(0);
    expect(difference(all, plain!)).toBeGreaterThan(1e-2);
    expect(difference(half, plain!)).toBeLessThan(difference(all, plain!));
    expect(difference(half, plain!)).toBeGreaterThan(1e-3);
  });

  test("may be a video: each frame follows the guide's frame at that time", async () => {
    const base = dream.replace("octaves", "guide: guide.mkv, octaves");
    const outputs = await frames("video-guide", still, base);
    await ffmpeg(
      "-i",
      at("guide.mkv"),
      "-vf",
      "select=eq(n\\,3)",
      "-frames:v",
      "1",
      at("third.png"),
    );
    const [, , , expected] = await frames(
      "third-guide",
      still,
      dream.replace("octaves", "guide: third.png, octaves"),
    );
    expect(difference(outputs[3]!, expected!)).toBeLessThan(2e-3);
    expect(difference(outputs[0]!, expected!)).toBeGreaterThan(5e-3);
  });
});

describe("sound", () => {
  const follow =
    'source: { image: photo.png }\nmix: "bass"\nfeedback: { amount: 0 }\ncolor: { match: off }\n';

  test("drives values at the exact frame, sets the length, and is in the output", async () => {
    const thud = scene("thud.mkv", `${follow}audio: thud.wav`);
    const { frames: count } = await renderKept(thud);
    expect(count).toBe(16);
    const prepared = await prepareRender(thud);
    const mix = Array.from({ length: 16 }, (_, f) => filmParametersAt(prepared.plan, f).mix);
    await prepared.dispose();
    expect(Math.max(...mix.slice(0, 3))).toBeLessThan(0.05);
    expect(Math.min(...mix.slice(4, 8))).toBeGreaterThan(0.8);
    expect(mix[15]).toBeLessThan(0.1);
    const sound = await decodeSound(at("thud.mkv"));
    const loud = sound.findIndex((v) => Math.abs(v) > 0.05) / 8000;
    expect(loud).toBeCloseTo(0.5, 1);
  });

  test("only drives values with mux: false; the release sets the duration of levels", async () => {
    const audio = "audio: { file: thud.wav, mux: false, release: 2s }";
    const quiet = scene("quiet.mkv", `${follow}${audio}`);
    await renderKept(quiet);
    await expect(decodeSound(at("quiet.mkv"))).rejects.toThrow();
    const prepared = await prepareRender(quiet);
    expect(filmParametersAt(prepared.plan, 15).mix).toBeGreaterThan(0.5);
    await prepared.dispose();
  });

  test("that is missing is an error at the place that needs it", async () => {
    const deaf = scene("deaf.mp4", `${follow}duration: 2f`);
    await expect(renderKept(deaf)).rejects.toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(/bass needs sound/),
      where: expect.stringMatching(/scene\.yaml:3:6/),
    });
  });
});

describe("a value out of range at some frame", () => {
  test("is an error before the first frame is dreamed", async () => {
    let dreamed = 0;
    const late = scene("late.mp4", `${still.replace("4f", "900f")}mix: "f < 890 ? 1 : 2"`);
    await expect(renderKept(late, { onProgress: () => dreamed++ })).rejects.toMatchObject({
      message: expect.stringMatching(/frame 890/),
    });
    expect(dreamed).toBe(0);
  });
});

describe("an unknown layer", () => {
  test("is an error at its place in the timeline", async () => {
    const text = `${still}timeline:\n  - { at: 0s, dream: { layers: { edges: 1 } } }\n  - { at: 2f, dream: { layers: { egdes: 1 } } }`;
    await expect(renderKept(scene("names.mp4", text, ""))).rejects.toMatchObject({
      code: "SCENE_UNKNOWN_LAYER",
      message: expect.stringMatching(/did you mean "edges"/),
      where: expect.stringMatching(/scene\.yaml:7:34$/),
    });
  });
});

describe("a preview", () => {
  test("keeps the times in seconds, frames and shares", async () => {
    const text = `${still.replace("4f", "40f")}mix: "f / 100"\ntimeline: [{ at: 20f, color: { saturation: 2 } }, { at: 50%, motion: { zoom: 2 } }]`;
    const [whole, preview] = await Promise.all(
      [false, true].map((half) => prepareRender(scene("p.mp4", text), { preview: half })),
    );
    expect(preview!.plan.frames).toBe(20);
    for (const frame of [0, 3, 10, 19]) {
      const [a, b] = [
        filmParametersAt(whole!.plan, 2 * frame),
        filmParametersAt(preview!.plan, frame),
      ];
      expect(b.mix).toBe(a.mix);
      expect(b.color).toEqual(a.color);
      expect(b.motion.zoom).toBeCloseTo(a.motion.zoom, 1);
    }
    await Promise.all([whole, preview].map((prepared) => prepared!.dispose()));
  });
});

describe("a still", () => {
  const feed = "source: { image: photo.png }\nduration: 8f\nmotion: { zoom: 2 }\n";

  test("with enough frames before it equals the frame of the whole render, and is reported as exact", async () => {
    const whole = await frames("whole", feed);
    const result = await renderStill(scene("x.mp4", feed), at("still.png"), () => 5, {
      maxBefore: 9,
    });
    expect(result).toMatchObject({ frame: 5, exact: true });
    expect(difference(await readImage(at("still.png")), whole[5]!)).toBe(0);
  });

  test("with too few frames before it is similar, and is reported as not exact", async () => {
    const result = await renderStill(scene("x.mp4", feed), at("near.png"), () => 7, {
      maxBefore: 2,
    });
    expect(result.exact).toBe(false);
    const exact = await readImage(at("whole/00007.png"));
    expect(difference(await readImage(at("near.png")), exact)).toBeGreaterThan(1e-3);
  });

  test("without feedback needs no other frame", async () => {
    const result = await renderStill(scene("x.mp4", still), at("one.png"), () => 3, {
      maxBefore: 0,
    });
    expect(result.exact).toBe(true);
  });
});
