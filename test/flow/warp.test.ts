import { afterAll, describe, expect, test } from "vitest";
import { motionAffine } from "../../src/flow/motion.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { warpFrame } from "../helpers/carry.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

const [height, width] = [54, 96];
const still = { zoom: 1, rotate: 0, pan: [0, 0], center: [0.5, 0.5] } as const;

/** A smooth picture as a function of position, so that the warped one is known exactly. */
const scenery = (x: number, y: number): number =>
  0.5 + 0.2 * Math.sin(x / 7) + 0.2 * Math.cos(y / 9 + x / 23);

function paint(f: (x: number, y: number) => number): Frame {
  const frame = createFrame(height, width);
  for (let i = 0; i < frame.data.length; i++)
    frame.data[i] = f(i % width, Math.floor(i / width) % height);
  return frame;
}

/** Largest difference away from the border. */
function worst(a: Frame, b: Frame, margin = 8): number {
  let max = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
    max = Math.max(max, Math.abs(a.data[i]! - b.data[i]!));
  }
  return max;
}

describe("warping by motion", () => {
  test("that moves nothing changes nothing", async () => {
    const frame = paint(scenery);
    const warped = await warpFrame(engine, frame, motionAffine(still, 24, height, width));
    expect(worst(warped, frame, 0)).toBeLessThan(1e-5);
  });

  test("zooms about the centre by the rate per second", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionAffine({ ...still, zoom: 1.5 }, 1, height, width),
    );
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    expect(
      worst(
        warped,
        paint((x, y) => scenery(cx + (x - cx) / 1.5, cy + (y - cy) / 1.5)),
      ),
    ).toBeLessThan(0.01);
  });

  test("pans by fractions of the width, the picture moving right and down", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionAffine({ ...still, pan: [0.05, 0.02] }, 1, height, width),
    );
    expect(
      worst(
        warped,
        paint((x, y) => scenery(x - 0.05 * width, y - 0.02 * width)),
      ),
    ).toBeLessThan(0.01);
  });

  test("turns clockwise", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionAffine({ ...still, rotate: 10 }, 1, height, width),
    );
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    const [cos, sin] = [Math.cos(Math.PI / 18), Math.sin(Math.PI / 18)];
    // On screen y points down: a point at the right goes down.
    const expected = paint((x, y) =>
      scenery(cx + cos * (x - cx) + sin * (y - cy), cy - sin * (x - cx) + cos * (y - cy)),
    );
    expect(worst(warped, expected)).toBeLessThan(0.01);
  });

  test("keeps the centre of motion in place", () => {
    const [a, b, c, d, e, f] = motionAffine(
      { ...still, zoom: 2, rotate: 33, center: [0.25, 0.75] },
      5,
      height,
      width,
    );
    const [x, y] = [0.25 * width - 0.5, 0.75 * height - 0.5];
    expect([a * x + b * y + c, d * x + e * y + f]).toEqual([
      expect.closeTo(x, 6),
      expect.closeTo(y, 6),
    ]);
  });

  test("adds up to the same over a second at any frame rate", () => {
    const motion = { zoom: 1.7, rotate: 20, pan: [0, 0], center: [0.3, 0.6] } as const;
    const compose = (fps: number): number[] => {
      let [x, y] = [10, 40];
      const [a, b, c, d, e, f] = motionAffine(motion, fps, height, width);
      for (let i = 0; i < fps; i++) [x, y] = [a * x + b * y + c, d * x + e * y + f];
      return [x, y];
    };
    expect(compose(60)).toEqual(compose(5).map((v) => expect.closeTo(v, 6)));
  });

  test("mirrors the edges: a flat frame stays flat when zoomed out", async () => {
    const warped = await warpFrame(
      engine,
      paint(() => 0.37),
      motionAffine({ ...still, zoom: 0.5 }, 1, height, width),
    );
    expect(Math.max(...warped.data.map((v) => Math.abs(v - 0.37)))).toBeLessThan(1e-5);
  });

  test("keeps the mean over a hundred small zooms", async () => {
    let frame = paint(scenery);
    const affine = motionAffine({ ...still, zoom: 1.0001 }, 1, height, width);
    const mean = (f: Frame): number => f.data.reduce((a, b) => a + b, 0) / f.data.length;
    const before = mean(frame);
    for (let i = 0; i < 100; i++) frame = await warpFrame(engine, frame, affine);
    expect(Math.abs(mean(frame) - before)).toBeLessThan(0.003);
  });
});
