import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { ObjectiveOptions } from "../../src/dream/find-targets.ts";
import type { LayerObjective } from "../../src/dream/layer-objective.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const dreamer = new Dreamer(tinyNetwork(3), engine);
const frame = randomFrame(5, 20, 24);
afterAll(() => engine.dispose());

const source = randomFrame(6, 20, 24);
const caricature = { type: "caricature" } as const;
const direction = {
  type: "direction",
  values: Float32Array.from({ length: 8 }, (_, c) => Math.cos(2 * c)),
} as const;
const neuron = { type: "neuron", at: [0.3, 0.7] } as const;

const objectives: Record<string, ObjectiveOptions> = {
  "one layer": { layers: { low: 1 } },
  "a weighted layer": { layers: { high: 2.5 } },
  "one channel": { layers: { "high:3": 1 } },
  "a range of channels": { layers: { "low:1-4": 1 } },
  "a list of channels": { layers: { "low:0,3-4": 1 } },
  "a layer that is lowered": { layers: { low: -1 } },
  "one layer against another": { layers: { low: -0.5, high: 1 } },
  "two layers as shares": { layers: { low: 1, high: 3 } },
  "a class": { classes: { "king penguin": 1 } },
  "a class beside a layer": { layers: { low: 1 }, classes: { pier: 2 } },
  "a mean": { layers: { "high:0-4": 1 }, objectives: { "high:0-4": { type: "mean" } } },
  "a caricature": { layers: { high: 1 }, objectives: { high: caricature }, source },
  "a caricature of some channels": {
    layers: { "low:1-3": 1 },
    objectives: { "low:1-3": caricature },
    source,
  },
  "a neuron": { layers: { "high:1": 1 }, objectives: { "high:1": neuron } },
  "a place, all channels": { layers: { low: 1 }, objectives: { low: neuron } },
  "a direction": { layers: { high: 1 }, objectives: { high: direction } },
  "a direction downwards": { layers: { high: -1 }, objectives: { high: direction } },
  "one number of the class scores": {
    layers: { "logits:2": 1 },
    objectives: { "logits:2": { type: "mean" } },
  },
  "all kinds as shares": {
    layers: { low: 1, high: 2, "high:1-6": 1, "low:1": 1 },
    objectives: { high: direction, "high:1-6": caricature, "low:1": { type: "mean" } },
    source,
  },
};

describe.each(Object.entries(objectives))("the objective of %s", (_, objective) => {
  test("has a gradient that matches central differences", async () => {
    const { gradient } = await dreamer.gradient(frame, objective);
    const epsilon = 2e-3;
    // A direction with the sign of each pixel's gradient, so that all components add to the slope.
    const direction = gradient.map((g) => Math.sign(g));
    const slope = gradient.reduce((sum, g) => sum + Math.abs(g), 0);
    const shifted = async (by: number): Promise<number> =>
      (
        await dreamer.gradient(
          { ...frame, data: frame.data.map((v, i) => v + by * direction[i]!) },
          objective,
        )
      ).loss;
    const measured = ((await shifted(epsilon)) - (await shifted(-epsilon))) / (2 * epsilon);
    expect(Math.abs(measured - slope) / slope).toBeLessThan(0.02);
  });

  test("rises in three steps", async () => {
    const settings = dreamer.settings({
      layers: {},
      ...objective,
      octaves: 1,
      iterations: 4,
      jitter: 0,
      stepSize: 2,
    });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
    const before = await dreamer.gradient(frame, objective);
    const after = await dreamer.gradient(dreamed, objective);
    expect(after.loss).toBeGreaterThan(before.loss);
  });
});

describe("the value of the loss", () => {
  let low: number;
  let high: number;
  beforeAll(async () => {
    low = (await dreamer.gradient(frame, { layers: { low: 1 } })).loss;
    high = (await dreamer.gradient(frame, { layers: { high: 1 } })).loss;
  });

  test("is weight × ½·mean(a²) with one target", async () => {
    const { loss } = await dreamer.gradient(frame, { layers: { low: 3 } });
    expect(loss).toBeCloseTo(3 * low, 5);
  });

  test("is Σ weight·ln(½·mean(a²)) with several", async () => {
    const { loss } = await dreamer.gradient(frame, { layers: { low: 1, high: 2 } });
    expect(loss).toBeCloseTo(Math.log(low) + 2 * Math.log(high), 4);
  });

  test("is the sum over the channels of a layer", async () => {
    const halves = await Promise.all(
      ["low:0-2", "low:3-5"].map(
        async (key) => (await dreamer.gradient(frame, { layers: { [key]: 1 } })).loss,
      ),
    );
    expect((halves[0]! + halves[1]!) / 2).toBeCloseTo(low, 5);
  });
});

describe("layer objectives", () => {
  const lossOf = async (name: string): Promise<number> =>
    (await dreamer.gradient(frame, objectives[name]!)).loss;
  const single = (layer: string, objective: LayerObjective): ObjectiveOptions => ({
    layers: { [layer]: 1 },
    objectives: { [layer]: objective },
  });

  test("a neuron's channels add up to the whole position", async () => {
    const parts = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(
        async (c) => (await dreamer.gradient(frame, single(`low:${c}`, neuron))).loss,
      ),
    );
    expect(parts.reduce((a, b) => a + b) / 6).toBeCloseTo(await lossOf("a place, all channels"), 6);
  });

  test("a neuron depends only on the picture around its position", async () => {
    const { gradient } = await dreamer.gradient(frame, objectives["a neuron"]!);
    const [column, row] = [6, 14];
    gradient.forEach((g, i) => {
      const [x, y] = [i % 24, Math.floor(i / 24) % 20];
      if (Math.abs(x - column) > 4 || Math.abs(y - row) > 4) expect(g).toBe(0);
    });
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0);
  });

  test("a direction of ones equals the mean times the number of channels", async () => {
    const ones = { type: "direction", values: new Float32Array(8).fill(1) } as const;
    const mean = (await dreamer.gradient(frame, single("high", { type: "mean" }))).loss;
    const along = (await dreamer.gradient(frame, single("high", ones))).loss;
    expect(along).toBeCloseTo(8 * mean, 5);
  });

  test("a picture's caricature of itself equals its mean square, summed over channels", async () => {
    const energy = (await dreamer.gradient(frame, { layers: { high: 1 } })).loss;
    const own = (await dreamer.gradient(frame, single("high", caricature))).loss;
    expect(own / (2 * 8 * energy)).toBeCloseTo(1, 3);
  });

  test("a direction with another length than the layer's channels is refused", async () => {
    const short = { type: "direction", values: new Float32Array(3) } as const;
    await expect(dreamer.gradient(frame, single("high", short))).rejects.toMatchObject({
      code: "USAGE",
      message: 'the direction for layer "high" has 3 numbers, the layer 8 channels',
    });
  });

  test("all kinds rise in tiles with jitter", async () => {
    const large = randomFrame(7, 96, 120);
    for (const name of [
      "a mean",
      "a caricature",
      "a neuron",
      "a direction",
      "all kinds as shares",
    ]) {
      const objective = { ...objectives[name], source: randomFrame(8, 96, 120) };
      const settings = dreamer.settings({
        layers: {},
        ...objective,
        octaves: 1,
        iterations: 8,
        jitter: 8,
        stepSize: 2,
        tile: 64,
      });
      const before = await dreamer.gradient(large, objective);
      const { frame: dreamed } = await dreamer.dream(large, settings, 1);
      expect((await dreamer.gradient(dreamed, objective)).loss).toBeGreaterThan(before.loss);
    }
  });

  test("jitter moves a neuron's position and a caricature's source with the picture", async () => {
    for (const name of ["a neuron", "a caricature"]) {
      const settings = dreamer.settings({
        layers: {},
        ...objectives[name],
        octaves: 1,
        iterations: 8,
        jitter: 9,
        stepSize: 2,
      });
      const before = await lossOf(name);
      const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
      expect((await dreamer.gradient(dreamed, objectives[name]!)).loss).toBeGreaterThan(before);
    }
  });
});
