import { afterAll, describe, expect, test } from "vitest";
import { Feedback } from "../../src/flow/feedback.ts";
import { makeFlow } from "../../src/flow/flow-field.ts";
import { grain } from "../../src/flow/grain.ts";
import { motionHomography } from "../../src/flow/motion.ts";
import type { OpticalFlow } from "../../src/flow/optical-flow.ts";
import type { Frame } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { carryFrames, noMotion, warpFrame } from "../helpers/carry.ts";

const engine = createOrtEngine("cpu");
const feedback = new Feedback(engine);
afterAll(() => engine.dispose());

const [height, width] = [40, 60];
const area = height * width;
const still = motionHomography(noMotion, 1, height, width);

function paint(f: (x: number, y: number) => number): Frame {
  const data = Float32Array.from({ length: 3 * area }, (_, i) =>
    f(i % width, Math.floor(i / width) % height),
  );
  return { data, height, width };
}

const scenery = (x: number, y: number): number =>
  0.5 + 0.2 * Math.sin(x / 5) + 0.2 * Math.cos(y / 6 + x / 17);

/** A constant flow back to the previous frame. */
function flowOf(
  u: number,
  v: number,
  trust: (x: number, y: number) => number = () => 1,
): OpticalFlow {
  const backward = makeFlow(height, width, () => [u, v]);
  const forward = makeFlow(height, width, () => [-u, -v]);
  const reliable = Float32Array.from({ length: area }, (_, i) =>
    trust(i % width, Math.floor(i / width)),
  );
  return { backward, forward, reliable };
}

const settings = {
  amount: 1,
  mode: "replace",
  occlusion: true,
  border: "mirror",
  sharpen: 0,
} as const;
const at = (frame: Frame, x: number, y: number): number => frame.data[y * width + x]!;

describe("warping by flow", () => {
  test("takes each pixel from the end of its flow vector", async () => {
    const { backward } = flowOf(-2.5, 1.25);
    const warped = await warpFrame(engine, paint(scenery), still, backward);
    for (const [x, y] of [
      [20, 15],
      [40, 30],
    ] as const)
      expect(at(warped, x, y)).toBeCloseTo(scenery(x - 2.5, y + 1.25), 2);
  });

  test("and by motion equals one map after the other", async () => {
    const affine = motionHomography({ ...noMotion, zoom: 1.1, rotate: 4 }, 1, height, width);
    const backward = makeFlow(height, width, (x, y) => [0.05 * y, -0.03 * x]);
    const warped = await warpFrame(engine, paint(scenery), affine, backward);
    const [a, b, c, d, e, f] = affine;
    for (const [x, y] of [
      [20, 15],
      [33, 22],
      [40, 12],
    ] as const) {
      const [qx, qy] = [a * x + b * y + c, d * x + e * y + f];
      expect(at(warped, x, y)).toBeCloseTo(scenery(qx + 0.05 * qy, qy - 0.03 * qx), 2);
    }
  });

  test("resamples once: the result is sharper than with flow and motion one after the other", async () => {
    const fine = paint((x) => 0.5 + 0.3 * Math.cos(1.9 * x));
    const { backward } = flowOf(0.5, 0);
    const pan = motionHomography({ ...noMotion, pan: [0.5 / width, 0] }, 1, height, width);
    const once = await warpFrame(engine, fine, pan, backward);
    const twice = await warpFrame(engine, await warpFrame(engine, fine, still, backward), pan);
    const power = (f: Frame): number => {
      let sum = 0;
      for (let x = 10; x < 50; x++) sum += (at(f, x, 20) - 0.5) ** 2;
      return sum;
    };
    expect(power(once)).toBeGreaterThan(1.2 * power(twice));
  });
});

describe("feedback", () => {
  const source = paint(scenery);
  const last = { output: paint((x) => 0.3 + 0.004 * x), source: paint(() => 0.2) };

  test("replaces the source by the carried picture in proportion to the amount", async () => {
    const start = await carryFrames(engine, feedback, last, source, still, {
      ...settings,
      amount: 0.4,
    });
    expect(at(start, 30, 20)).toBeCloseTo(0.6 * scenery(30, 20) + 0.4 * 0.42, 5);
  });

  test("of amount 0 returns the source object", async () => {
    expect(
      await carryFrames(engine, feedback, last, source, still, { ...settings, amount: 0 }),
    ).toBe(source);
  });

  test("of amount 1 without motion returns the output object", async () => {
    const start = await carryFrames(engine, feedback, last, source, still, settings);
    expect(start).toBe(last.output);
  });

  test("starts from the source where the flow is unreliable, unless occlusion is off", async () => {
    const flow = flowOf(0, 0, (x) => (x < 30 ? 0 : 1));
    const start = await carryFrames(engine, feedback, last, source, still, settings, flow);
    expect(at(start, 10, 20)).toBeCloseTo(scenery(10, 20), 5);
    expect(at(start, 50, 20)).toBeCloseTo(0.5, 4);
    const kept = await carryFrames(
      engine,
      feedback,
      last,
      source,
      still,
      { ...settings, occlusion: false },
      flow,
    );
    expect(at(kept, 10, 20)).toBeCloseTo(0.34, 4);
  });

  test("as a residual adds the dream's change, moved along, to the source", async () => {
    const output = paint((x) => 0.2 + (x > 20 && x < 30 ? 0.3 : 0));
    const start = await carryFrames(
      engine,
      feedback,
      { output, source: last.source },
      paint(() => 0.4),
      still,
      { ...settings, mode: "residual" },
      flowOf(-8, 0),
    );
    expect(at(start, 33, 20)).toBeCloseTo(0.7, 2);
    expect(at(start, 25, 20)).toBeCloseTo(0.4, 2);
  });

  test("as a residual also carries what the dream darkened", async () => {
    const start = await carryFrames(
      engine,
      feedback,
      { output: paint(() => 0.1), source: paint(() => 0.3) },
      paint(() => 0.5),
      still,
      { ...settings, mode: "residual" },
      flowOf(3, 0),
    );
    expect(at(start, 30, 20)).toBeCloseTo(0.3, 4);
  });

  test("as a residual converges for still pixels and a constant dream", async () => {
    const grey = paint(() => 0.4);
    let output = grey;
    const heights: number[] = [];
    for (let i = 0; i < 120; i++) {
      const start = await carryFrames(
        engine,
        feedback,
        { output, source: grey },
        grey,
        still,
        { ...settings, mode: "residual" },
        flowOf(0, 0),
      );
      output = { ...start, data: start.data.map((v) => v + 0.01) };
      heights.push(at(output, 30, 20));
    }
    expect(heights[119]).toBeLessThan(0.51);
    expect(heights[119]! - heights[60]!).toBeLessThan(0.001);
  });

  test.each(["replace", "residual"] as const)(
    "with border: source starts from the source beyond the edges (%s)",
    async (mode) => {
      const left = motionHomography({ ...noMotion, pan: [0.25, 0] }, 1, height, width);
      const [output, source] = [paint(() => 0.8), paint(() => 0.4)];
      const carry = (border: "source" | "mirror"): Promise<Frame> =>
        carryFrames(engine, feedback, { output, source }, source, left, {
          ...{ ...settings, mode, border },
        });
      const [open, mirrored] = [await carry("source"), await carry("mirror")];
      expect(at(open, 5, 20)).toBeCloseTo(0.4, 5);
      expect(at(mirrored, 5, 20)).toBeCloseTo(0.8, 5);
      expect(at(open, 40, 20)).toBeCloseTo(0.8, 5);
    },
  );

  test("sharpens faint detail by the given factor, and changes neither strong detail nor flat regions", async () => {
    // A wave of four pixels keeps exp(−π²/8) of its amplitude after a blur with sigma 1 px.
    const wave = (strength: number): Frame =>
      paint((x) => 0.5 + strength * Math.cos((Math.PI * x) / 2));
    const gainOf = async (strength: number, times: number): Promise<number> => {
      let output = wave(strength);
      for (let i = 0; i < times; i++) {
        output = await carryFrames(engine, feedback, { output, source: output }, output, still, {
          ...{ ...settings, sharpen: 0.5 },
        });
      }
      return (at(output, 20, 20) - 0.5) / strength;
    };
    expect(await gainOf(0.001, 1)).toBeCloseTo(1 + 0.5 * (1 - Math.exp(-(Math.PI ** 2) / 8)), 2);
    expect(await gainOf(0.2, 1)).toBeCloseTo(1, 3);
    const flat = paint(() => 0.3);
    const kept = await carryFrames(engine, feedback, { output: flat, source: flat }, flat, still, {
      ...{ ...settings, sharpen: 2 },
    });
    expect(at(kept, 0, 0)).toBeCloseTo(0.3, 5);
    // Without the limit, sharpening would multiply it by more than a million.
    expect(0.01 * (await gainOf(0.01, 50))).toBeLessThan(0.15);
  });
});

describe("grain", () => {
  test("has the given standard deviation, zero mean, and no correlation between frames", () => {
    const [a, b] = [grain(3, 10, 64, 64, 0.1), grain(3, 11, 64, 64, 0.1)];
    const mean = (values: Float32Array): number =>
      values.reduce((x, y) => x + y, 0) / values.length;
    expect(Math.abs(mean(a))).toBeLessThan(0.003);
    expect(Math.sqrt(mean(a.map((v) => v * v)))).toBeCloseTo(0.1, 2);
    expect(Math.abs(mean(a.map((v, i) => v * b[i]!)))).toBeLessThan(0.0005);
    // And no correlation between pixels or between channels.
    expect(Math.abs(mean(a.map((v, i) => v * (a[i + 1] ?? 0))))).toBeLessThan(0.0005);
    expect(Math.abs(mean(a.map((v, i) => v * (a[i + 64 * 64] ?? 0))))).toBeLessThan(0.0005);
  });

  test("depends only on the seed and the frame", () => {
    expect(grain(1, 5, 8, 8, 0.1)).toEqual(grain(1, 5, 8, 8, 0.1));
    expect(grain(2, 5, 8, 8, 0.1)).not.toEqual(grain(1, 5, 8, 8, 0.1));
  });
});
