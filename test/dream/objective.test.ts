import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const dreamer = new Dreamer(tinyNetwork(3), engine);
const frame = randomFrame(5, 20, 24);
afterAll(() => engine.dispose());

const objectives = {
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
};

describe.each(Object.entries(objectives))("the objective of %s", (_, objective) => {
  test("has the gradient that central differences find", async () => {
    const { gradient } = await dreamer.gradient(frame, objective);
    const epsilon = 2e-3;
    // A direction of its own sign per pixel: every component counts towards the slope.
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

  test("splits over the channels of a layer", async () => {
    const halves = await Promise.all(
      ["low:0-2", "low:3-5"].map(
        async (key) => (await dreamer.gradient(frame, { layers: { [key]: 1 } })).loss,
      ),
    );
    expect((halves[0]! + halves[1]!) / 2).toBeCloseTo(low, 5);
  });
});
