import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { octaveSizes } from "../../src/dream/octaves.ts";
import type { DreamOptions } from "../../src/dream/settings.ts";
import type { Frame } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { uploadFrame } from "../../src/runtime/pictures.ts";
import { scoped } from "../../src/runtime/scope.ts";
import { countingEngine } from "../helpers/counting-engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const dreamer = new Dreamer(tinyNetwork(3), engine);
const frame = randomFrame(9, 48, 64);
afterAll(() => engine.dispose());

const base: DreamOptions = {
  layers: { high: 1 },
  octaves: 2,
  octaveScale: 1.5,
  iterations: 3,
  stepSize: 2,
  jitter: 6,
  smoothing: 0,
  laplacian: 0,
};
const dream = async (options: DreamOptions = {}, seed = 1, stream = 0): Promise<Frame> =>
  (await dreamer.dream(frame, dreamer.settings({ ...base, ...options }), seed, stream)).frame;
const difference = (a: Frame, b: Frame): number =>
  a.data.reduce((sum, v, i) => sum + Math.abs(v - b.data[i]!), 0) / a.data.length;

describe("dreaming a picture", () => {
  test("depends only on the seed", async () => {
    const first = await dream();
    expect(difference(first, await dream())).toBe(0);
    expect(difference(first, await dream({}, 2))).toBeGreaterThan(0);
    expect(difference(first, await dream({}, 1, 7))).toBeGreaterThan(0);
  });

  test("keeps the size and stays within 0..1", async () => {
    const dreamed = await dream({ stepSize: 60 });
    expect([dreamed.height, dreamed.width]).toEqual([48, 64]);
    expect(dreamed.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  test("with no steps returns the picture itself", async () => {
    expect(difference(frame, await dream({ iterations: 0 }))).toBeLessThan(1e-6);
  });

  test("changes each pixel by the step size on average in one unclipped step", async () => {
    const dreamed = await dream({ octaves: 1, iterations: 1, stepSize: 3, jitter: 0 });
    expect(difference(frame, dreamed) * 255).toBeCloseTo(3, 2);
  });

  test.each([1.5, 1])(
    "with octaves %f times as large frees its own picture, and no other",
    async (octaveScale) => {
      const strict = countingEngine();
      const own = new Dreamer(tinyNetwork(3), strict);
      const settings = own.settings({ ...base, octaves: 3, octaveScale });
      await scoped(async (outer) => {
        const borrowed = await uploadFrame(strict, outer, frame);
        await scoped(async (scope) => {
          const given = await uploadFrame(strict, scope, frame);
          const first = await (await own.dreamOn(scope, given, settings, 1)).read();
          await expect(given.read()).rejects.toThrow(/disposed/);
          expect(await (await own.dreamOn(scope, borrowed, settings, 1)).read()).toEqual(first);
          expect(strict.openTensors).toBe(3);
        });
        expect(await borrowed.read()).toEqual(frame.data);
      });
      await own.dispose();
      await strict.dispose();
    },
  );

  test("takes a list of steps from the smallest octave to the largest", async () => {
    const settings = dreamer.settings({ ...base, iterations: [5, 2] });
    const { losses } = await dreamer.dream(frame, settings, 1);
    expect(losses.map((octave) => octave.length)).toEqual([5, 2]);
  });

  const changes: Record<string, DreamOptions> = {
    layers: { layers: { low: 1 } },
    classes: { layers: {}, classes: { pier: 1 } },
    octaves: { octaves: 1 },
    octaveScale: { octaveScale: 1.3 },
    iterations: { iterations: 4 },
    stepSize: { stepSize: 1 },
    jitter: { jitter: 0 },
    smoothing: { smoothing: 1 },
    laplacian: { laplacian: 2 },
    totalVariation: { totalVariation: 0.2 },
    l2: { l2: 0.1 },
    "a guide": { guide: { frame: randomFrame(3, 40, 30), match: "best" } },
    "the mean of a guide": { guide: { frame: randomFrame(3, 40, 30), match: "mean" } },
    "preset pytorch-deepdream": { preset: "pytorch-deepdream" },
    "preset hvass": { preset: "hvass" },
  };
  test.each(Object.entries(changes))("changes with every option: %s", async (_, options) => {
    expect(difference(await dream(), await dream(options))).toBeGreaterThan(1e-4);
  });
});

describe("priors", () => {
  test("totalVariation reduces noise, and l2 reduces contrast", async () => {
    const roughness = (f: Frame): number =>
      f.data.reduce((sum, v, i) => sum + (i % 64 === 63 ? 0 : Math.abs(f.data[i + 1]! - v)), 0);
    const glare = (f: Frame): number => f.data.reduce((sum, v) => sum + Math.abs(v - 0.5), 0);
    const plain = await dream();
    expect(roughness(await dream({ totalVariation: 0.4 }))).toBeLessThan(0.8 * roughness(plain));
    expect(glare(await dream({ l2: 0.2 }))).toBeLessThan(0.8 * glare(plain));
  });

  test("alone equal their formulas", async () => {
    const alone = { octaves: 1, iterations: 1, stepSize: 0, jitter: 0 };
    const greyer = await dream({ ...alone, l2: 0.25 });
    expect(greyer.data[77]).toBeCloseTo(0.75 * frame.data[77]! + 0.25 * 0.5, 5);
    const smoother = await dream({ ...alone, totalVariation: 0.5 });
    const at = 64 * 10 + 20;
    const around = [at - 1, at + 1, at - 64, at + 64].reduce((sum, i) => sum + frame.data[i]!, 0);
    expect(smoother.data[at]).toBeCloseTo(0.5 * frame.data[at]! + 0.5 * (around / 4), 5);
  });
});

describe("octaves", () => {
  test("grow from small to the full size by the octave scale", () => {
    const settings = dreamer.settings({ ...base, octaves: 3, octaveScale: 2 });
    expect(octaveSizes(100, 201, settings)).toEqual([
      { height: 25, width: 50, index: 0 },
      { height: 50, width: 101, index: 1 },
      { height: 100, width: 201, index: 2 },
    ]);
  });

  test("that are too small are omitted, except the full size", () => {
    const settings = dreamer.settings({ ...base, octaves: 6, octaveScale: 2 });
    expect(octaveSizes(64, 64, settings).map(({ index }) => index)).toEqual([4, 5]);
    expect(octaveSizes(8, 8, settings)).toHaveLength(1);
  });
});
