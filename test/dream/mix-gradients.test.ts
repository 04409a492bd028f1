import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { DreamOptions, RegionSettings } from "../../src/dream/settings.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { combineNetworks } from "../../src/models/combine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { uploadFrame } from "../../src/runtime/pictures.ts";
import { scoped } from "../../src/runtime/scope.ts";
import { countingEngine } from "../helpers/counting-engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());
const [first, second] = [tinyNetwork(1), tinyNetwork(2)];
const one = new Dreamer(first, engine);
const both = new Dreamer(
  combineNetworks(
    new Map([
      ["a", first],
      ["b", second],
    ]),
  ),
  engine,
);

const [height, width] = [40, 56];
const size = height * width;
const frame = randomFrame(5, height, width);
/** One unclipped step of a whole picture. */
const single: DreamOptions = {
  octaves: 1,
  iterations: 1,
  stepSize: 2,
  jitter: 0,
  smoothing: 0,
  laplacian: 0,
};

/** A matte of one grey per column. */
function matteOf(greyAt: (x: number) => number): Frame {
  const matte = createFrame(height, width);
  for (let i = 0; i < matte.data.length; i++) matte.data[i] = greyAt(i % width);
  return matte;
}

const ramp = (x: number): number => Math.min(1, Math.max(0, (x - 20) / 12));

function region(own: Partial<RegionSettings> & Pick<RegionSettings, "layers">): RegionSettings {
  return { classes: {}, matte: matteOf(ramp), invert: false, strength: 1, ...own };
}

async function stepOf(dreamer: Dreamer, options: DreamOptions): Promise<Float64Array> {
  const settings = dreamer.settings({ ...single, ...options });
  const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
  return Float64Array.from(dreamed.data, (v, i) => 255 * (v - frame.data[i]!));
}

/** Mean of |values| by the shares of their pixels, independent of the graph. */
function strengthOf(values: ArrayLike<number>, share: (i: number) => number): number {
  let [sum, area] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += Math.abs(values[i]!) * share(i);
    area += share(i);
  }
  return sum / area;
}

/** Mean difference of pictures of 130 × 90 px away from their edges, which tiles mirror and whole pictures pad. */
function distanceInside(a: Float32Array, b: Float32Array): number {
  const inside = [...a.keys()].filter((i) => {
    const [x, y] = [i % 130, Math.floor(i / 130) % 90];
    return x > 12 && x < 118 && y > 12 && y < 78;
  });
  return inside.reduce((sum, i) => sum + Math.abs(a[i]! - b[i]!), 0) / inside.length;
}

const everywhere = (): number => 1;

async function gradientOf(dreamer: Dreamer, layers: Record<string, number>): Promise<Float32Array> {
  return (await dreamer.gradient(frame, { layers })).gradient;
}

function expectClose(actual: Float64Array, expected: Float64Array): void {
  const worst = actual.reduce((max, v, i) => Math.max(max, Math.abs(v - expected[i]!)), 0);
  expect(worst).toBeLessThan(2e-3);
}

describe("several networks", () => {
  test("move the picture by the shares of their weights, however strong their gradients are", async () => {
    const loud = await gradientOf(one, { high: 1 });
    const quiet = await gradientOf(new Dreamer(second, engine), { low: 1 });
    const [louds, quiets] = [strengthOf(loud, everywhere), strengthOf(quiet, everywhere)];
    const mixed = Float64Array.from(
      loud,
      (v, i) => (0.25 * v) / louds + (0.75 * quiet[i]!) / quiets,
    );
    const unit = strengthOf(mixed, everywhere);
    const step = await stepOf(both, { layers: { "a/high": 0.25, "b/low": 0.75 } });
    expectClose(
      step,
      mixed.map((v) => (2 * v) / unit),
    );
  });

  test("of weight 0 leave the picture to the others", async () => {
    const alone = await stepOf(both, { layers: { "a/high": 0.5 } });
    const faded = await stepOf(both, { layers: { "a/high": 0.5, "b/low": 0 } });
    expect(faded).toEqual(alone);
    expectClose(alone, await stepOf(one, { layers: { high: 1 } }));
  });

  test("all of weight 0 leave the picture as it is", async () => {
    const step = await stepOf(both, { layers: { "a/high": 0, "b/low": 0 } });
    expect(step.every((v) => v === 0)).toBe(true);
  });

  test("cross-fade without a jump where one of them ends", async () => {
    const near = await stepOf(both, { layers: { "a/high": 1, "b/low": 1e-4 } });
    expectClose(near, await stepOf(both, { layers: { "a/high": 1, "b/low": 0 } }));
  });

  test("have classes, guides and objectives of their own", async () => {
    const guide = { frame: randomFrame(8, 20, 20), match: "best" } as const;
    const plain = await stepOf(both, { layers: { "a/high": 1, "b/low": 1 } });
    const cases: DreamOptions[] = [
      { layers: { "a/high": 1 }, classes: { "b/king penguin": 1 } },
      { layers: { "a/high": 1, "b/low": 1 }, guide },
      { layers: { "a/high": 1, "b/low": 1 }, objectives: { "b/low": { type: "mean" } } },
      { layers: { "a/high": 1, "b/low": 1 }, objectives: { "b/low": { type: "caricature" } } },
    ];
    for (const options of cases) {
      const step = await stepOf(both, options);
      expect(strengthOf(step, everywhere)).toBeCloseTo(2, 2);
      expect(step).not.toEqual(plain);
    }
  });

  test("see a picture in tiles as they see the whole", async () => {
    const layers = { "a/high": 1, "b/low": 1 };
    const wide = randomFrame(6, 90, 130);
    const dream = async (tile: "off" | number): Promise<Float32Array> => {
      const settings = both.settings({ ...single, layers, tile });
      return (await both.dream(wide, settings, 1)).frame.data;
    };
    const whole = await dream("off");
    expect(distanceInside(await dream(64), whole)).toBeLessThan(
      0.02 * distanceInside(whole, wide.data),
    );
  });
});

describe("a region", () => {
  test("has a gradient of unit strength within itself, mixed by its matte, and steps of its own length", async () => {
    const [outside, inside] = [
      await gradientOf(one, { low: 1 }),
      await gradientOf(one, { high: 1 }),
    ];
    const share = (i: number): number => ramp(i % width);
    const rest = (i: number): number => 1 - share(i);
    const [out, within] = [strengthOf(outside, rest), strengthOf(inside, share)];
    const expected = Float64Array.from(
      outside,
      (v, i) => (rest(i) * 2 * v) / out + (share(i) * 3 * inside[i]!) / within,
    );
    const regions = [region({ layers: { high: 1 }, stepSize: 3 })];
    expectClose(await stepOf(one, { layers: { low: 1 }, regions }), expected);
  });

  test.each(["mean-abs", "std"] as const)(
    "moves its pixels as far as a whole picture does: %s",
    async (by) => {
      const preset = by === "std" ? { preset: "hvass" as const } : {};
      const matte = matteOf((x) => (x < 30 ? 1 : 0));
      const regions = [region({ layers: { high: 1 }, matte })];
      const step = await stepOf(one, { ...preset, layers: { low: 1 }, regions });
      const inside = (i: number): number => (i % width < 30 ? 1 : 0);
      if (by === "mean-abs") expect(strengthOf(step, inside)).toBeCloseTo(2, 2);
      const squares = step.map((v) => v * v);
      if (by === "std") expect(Math.sqrt(strengthOf(squares, inside))).toBeCloseTo(2, 2);
    },
  );

  test("of strength 0 changes no bit, whatever its matte is", async () => {
    const plain = await stepOf(one, { layers: { low: 1 } });
    const regions = [region({ layers: { high: 1 }, strength: 0, iterations: 9 })];
    expect(await stepOf(one, { layers: { low: 1 }, regions })).toEqual(plain);
  });

  test("leaves the rest of the picture alone where nothing else is dreamed", async () => {
    const regions = [region({ layers: { high: 1 }, matte: matteOf((x) => (x < 30 ? 1 : 0)) })];
    const step = await stepOf(one, { layers: {}, regions });
    for (let i = 0; i < 3 * size; i++)
      if (i % width >= 30) expect(Math.abs(step[i]!)).toBeLessThan(1e-4);
    expect(strengthOf(step, (i) => (i % width < 30 ? 1 : 0))).toBeCloseTo(2, 2);
  });

  test("of weights 0 is left as it is", async () => {
    const regions = [region({ layers: { high: 0 }, matte: matteOf((x) => (x < 30 ? 1 : 0)) })];
    const step = await stepOf(one, { layers: { low: 1 }, regions });
    for (let i = 0; i < 3 * size; i++)
      if (i % width < 30) expect(Math.abs(step[i]!)).toBeLessThan(1e-4);
  });

  test("inverted is where its matte is black", async () => {
    const inverse = matteOf((x) => 1 - ramp(x));
    const of = (own: Partial<RegionSettings>): Promise<Float64Array> =>
      stepOf(one, { layers: { low: 1 }, regions: [region({ layers: { high: 1 }, ...own })] });
    expectClose(await of({ matte: inverse, invert: true }), await of({}));
  });

  test("shares pixels with another that it overlaps", async () => {
    const whole = matteOf(() => 1);
    const regions = [
      region({ layers: { high: 1 }, matte: whole }),
      region({ layers: { low: 1 }, matte: whole, strength: 0.5 }),
    ];
    const [a, b] = [await gradientOf(one, { high: 1 }), await gradientOf(one, { low: 1 })];
    const [as, bs] = [strengthOf(a, everywhere), strengthOf(b, everywhere)];
    const expected = Float64Array.from(
      a,
      (v, i) => ((2 / 3) * 2 * v) / as + ((1 / 3) * 2 * b[i]!) / bs,
    );
    expectClose(await stepOf(one, { layers: { low: 1 }, regions }), expected);
  });

  test("has a number of steps of its own", async () => {
    const matte = matteOf((x) => (x < 30 ? 1 : 0));
    const dream = (iterations: number, own: number): Promise<Float64Array> =>
      stepOf(one, {
        layers: { low: 1 },
        iterations,
        regions: [region({ layers: { low: 1 }, matte, iterations: own })],
      });
    const [more, less] = [await dream(1, 4), await dream(4, 1)];
    const [inside, outside] = [0, 1].map(
      (side) => (i: number) => (Number(i % width < 30) === 1 - side ? 1 : 0),
    );
    expect(strengthOf(more, inside!)).toBeGreaterThan(2 * strengthOf(less, inside!));
    expect(strengthOf(less, outside!)).toBeGreaterThan(2 * strengthOf(more, outside!));
  });

  test("of several networks, in tiles, is as in the whole", async () => {
    const wide = randomFrame(6, 90, 130);
    const matte = createFrame(90, 130);
    for (let i = 0; i < matte.data.length; i++) matte.data[i] = Math.min(1, (i % 130) / 100);
    const regions = [region({ layers: { "a/high": 1, "b/low": 1 }, matte })];
    const dream = async (tile: "off" | number): Promise<Float32Array> => {
      const settings = both.settings({ ...single, layers: { "b/high": 1 }, regions, tile });
      return (await both.dream(wide, settings, 1)).frame.data;
    };
    const whole = await dream("off");
    expect(distanceInside(await dream(64), whole)).toBeLessThan(
      0.02 * distanceInside(whole, wide.data),
    );
  });

  test("without a matte is refused", async () => {
    const { matte: _, ...own } = region({ layers: { high: 1 } });
    await expect(stepOf(one, { layers: { low: 1 }, regions: [own] })).rejects.toMatchObject({
      code: "USAGE",
      message: "region 1 has no matte",
    });
  });

  test("takes and gives back everything on the device, over octaves, turned and smoothed", async () => {
    const strict = countingEngine();
    const own = new Dreamer(first, strict);
    const settings = own.settings({
      layers: { low: 1 },
      octaves: 2,
      octaveScale: 1.5,
      iterations: 2,
      jitter: 4,
      smoothing: 1,
      laplacian: 2,
      rotateJitter: 5,
      regions: [region({ layers: { high: 1 } }), region({ layers: { low: 1 }, invert: true })],
    });
    await scoped(async (scope) => {
      const picture = await uploadFrame(strict, scope, frame);
      const dreamed = await (await own.dreamOn(scope, picture, settings, 1)).read();
      expect(dreamed.every(Number.isFinite)).toBe(true);
      expect(strict.openTensors).toBe(1);
    });
    expect(strict.openTensors).toBe(0);
    await own.dispose();
  });
});
