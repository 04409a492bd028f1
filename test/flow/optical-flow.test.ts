import { afterAll, describe, expect, test } from "vitest";
import { endpointError, makeFlow } from "../../src/flow/flow-field.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { fractalNoise } from "../../src/image/noise.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { flowPair, motions, spoil } from "../helpers/flow-pairs.ts";

const engine = createOrtEngine("cpu");
const estimator = new FlowEstimator(engine);
afterAll(() => engine.dispose());

const [height, width, margin] = [180, 320, 40];
const whole = { width: width + 2 * margin, height: height + 2 * margin };
const texture = fractalNoise({ seed: 3, scale: 6, ...whole });
const other = fractalNoise({ seed: 9, scale: 9, ...whole });
const disc = (x: number, y: number): boolean => (x - 160) ** 2 + (y - 90) ** 2 < 45 ** 2;

/** Mean endpoint error, px, of a zero flow. */
const still = makeFlow(height, width, () => [0, 0]);

describe("optical flow", () => {
  test.each([
    ["a shift of less than a pixel", motions.translation(0.4, -0.3), 0.08],
    ["a shift of 9 px", motions.translation(8.6, -3.2), 0.06],
    ["a shift of 30 px", motions.translation(-27, 13), 0.15],
    ["rotation by 5°", motions.rotation(5, height, width), 0.15],
    ["zoom by 1.08", motions.zoom(1.08, height, width), 0.25],
    ["a wave", motions.wave(4, height, width), 0.15],
  ])("finds %s with an error of a fraction of a px", async (_, motion, allowed) => {
    const { first, second, truth } = flowPair(height, width, margin, [{ texture, motion }]);
    const { forward, backward } = await estimator.estimate(first, second);
    expect(endpointError(forward, truth)).toBeLessThan(allowed);
    expect(endpointError(forward, truth)).toBeLessThan(0.25 * endpointError(still, truth));
    const mean = (data: Float32Array): number => data.reduce((a, v) => a + v, 0) / data.length;
    expect(Math.abs(mean(backward.data) + mean(forward.data))).toBeLessThan(0.5);
  });

  test("is robust against noise and a change of light", async () => {
    const clean = flowPair(height, width, margin, [
      { texture, motion: motions.wave(4, height, width) },
    ]);
    const spoilt = spoil(clean, { noise: 0.02, gain: 1.2, lift: 0.05, seed: 4 });
    const { forward } = await estimator.estimate(spoilt.first, spoilt.second);
    expect(endpointError(forward, clean.truth)).toBeLessThan(0.35);
  });

  test("separates an object from its background, and marks revealed pixels as unreliable", async () => {
    const { first, second, truth } = flowPair(height, width, margin, [
      { texture, motion: motions.translation(-4, 0) },
      { texture: other, motion: motions.translation(8, 0), shape: disc },
    ]);
    const { forward, reliable } = await estimator.estimate(first, second);
    expect(endpointError(forward, truth)).toBeLessThan(0.4);
    const at = (x: number, y: number): number => reliable[y * width + x]!;
    // The disc moves to the right: it hides the background on its right and reveals it on its left.
    expect(at(160, 90)).toBeGreaterThan(0.9);
    expect(at(40, 40)).toBeGreaterThan(0.9);
    expect(at(160 - 45 - 5, 90)).toBeLessThan(0.2);
  });

  test("is zero and reliable between equal pictures, and finite on flat pictures", async () => {
    const { first } = flowPair(height, width, margin, [
      { texture, motion: motions.translation(0, 0) },
    ]);
    const same = await estimator.estimate(first, first);
    expect(Math.max(...same.forward.data.map(Math.abs))).toBeLessThan(1e-3);
    expect(Math.min(...same.reliable)).toBeGreaterThan(0.99);
    const flat = { ...first, data: new Float32Array(first.data.length).fill(0.5) };
    const { forward } = await estimator.estimate(flat, flat);
    expect(Math.max(...forward.data.map(Math.abs))).toBeLessThan(1e-3);
  });

  test("works at odd and at very small sizes", async () => {
    for (const [h, w] of [
      [51, 33],
      [5, 7],
      [1, 1],
    ] as const) {
      const frame = fractalNoise({ seed: 1, scale: 2, width: w, height: h });
      const { forward } = await estimator.estimate(frame, frame);
      expect(forward.data).toHaveLength(2 * h * w);
      expect(forward.data.every(Number.isFinite)).toBe(true);
    }
  });

  test("refuses pictures of different sizes and reports both", async () => {
    const one = fractalNoise({ seed: 1, scale: 2, width: 32, height: 20 });
    const two = fractalNoise({ seed: 1, scale: 2, width: 30, height: 20 });
    await expect(estimator.estimate(one, two)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: expect.stringMatching(/32×20 and 30×20/),
    });
  });
});
