import { afterAll, describe, expect, test } from "vitest";
import { ascentGraph, ascentSpec } from "../../src/dream/ascent-graph.ts";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { jitterFeeds, type Offset, offsets, sightWeights } from "../../src/dream/jitter.ts";
import { objectiveFeeds } from "../../src/dream/objective.ts";
import { createRandom } from "../../src/dream/random.ts";
import { floatTensor } from "../../src/graph/graph.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const network = tinyNetwork(3);
const dreamer = new Dreamer(network, engine);
afterAll(async () => {
  await dreamer.dispose();
  await engine.dispose();
});

/** The px that position `i` of a line of `length` px shows, mirrored beyond its ends. */
const mirrored = (i: number, length: number): number =>
  i < 0 ? -i : i < length ? i : 2 * (length - 1) - i;

describe("offsets", () => {
  test.each([1, 6, 9, 32])(
    "span %i px, each second one the opposite of the one before",
    (jitter) => {
      const next = offsets(jitter, createRandom(1, 0));
      const drawn = Array.from({ length: 2000 }, next);
      const low = 0 - (jitter >> 1);
      for (const axis of ["x", "y"] as const) {
        const all = drawn.map((offset) => offset[axis]);
        expect([Math.min(...all), Math.max(...all)]).toEqual([low, low + jitter]);
        for (let i = 0; i < all.length; i += 2)
          expect(all[i]! + all[i + 1]!).toBe(2 * low + jitter);
      }
    },
  );

  test("without jitter are none", () => {
    expect(offsets(0, () => 0.9)()).toEqual({ x: 0, y: 0 });
  });

  test.each([
    [100, 32],
    [24, 23],
    [40, 7],
  ])("show every px of %i equally by its weight, jitter %i", (length, jitter) => {
    const weights = sightWeights(length, jitter).data;
    const low = 0 - (jitter >> 1);
    weights.forEach((weight, p) => {
      let seen = 0;
      for (let offset = low; offset <= low + jitter; offset++)
        if (p - offset >= 0 && p - offset < length) seen++;
      expect((seen / (jitter + 1)) * weight).toBeCloseTo(1, 6);
    });
  });
});

describe("a step at an offset", () => {
  const [height, width, jitter] = [48, 56, 12];
  const settings = dreamer.settings({ layers: { high: 1 }, jitter, smoothing: 0, laplacian: 0 });
  const spec = ascentSpec(settings, height, width, 1);

  test.each([
    { y: 5, x: -6 },
    { y: -6, x: 0 },
    { y: 0, x: 6 },
  ])("goes up the gradient of what the window shows: %j", async (offset: Offset) => {
    const { data } = randomFrame(4, height, width);
    const { targets } = dreamer.targets(settings);
    const { graph, shapes } = ascentGraph(network, targets, spec);
    const session = await engine.load(graph);
    const size = 0.01;
    const { result } = await session.run({
      picture: floatTensor([1, 3, height, width], data),
      step_0: floatTensor([], [size]),
      ...objectiveFeeds(targets, [1], shapes),
      ...jitterFeeds(spec, offset),
    });
    await session.dispose();
    const at = (c: number, y: number, x: number): number => (c * height + y) * width + x;
    const window = new Float32Array(data.length);
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          window[at(c, y, x)] =
            data[at(c, mirrored(y + offset.y, height), mirrored(x + offset.x, width))]!;
    const { gradient } = await dreamer.gradient({ data: window, height, width }, settings);
    const [rows, columns] = [sightWeights(height, jitter).data, sightWeights(width, jitter).data];
    const expected = new Float32Array(data.length);
    for (let c = 0; c < 3; c++)
      for (let y = Math.max(0, offset.y); y < Math.min(height, height + offset.y); y++)
        for (let x = Math.max(0, offset.x); x < Math.min(width, width + offset.x); x++)
          expected[at(c, y, x)] =
            gradient[at(c, y - offset.y, x - offset.x)]! * rows[y]! * columns[x]!;
    const strength = expected.reduce((sum, g) => sum + Math.abs(g), 0) / expected.length;
    (result!.data as Float32Array).forEach((value, i) => {
      const moved = Math.min(1, Math.max(0, data[i]! + (size * expected[i]!) / strength));
      expect(Math.abs(value - moved)).toBeLessThan(2e-5);
    });
  });
});

test("the edges of a picture change as much as its middle", async () => {
  const [height, width] = [96, 96];
  const frame = randomFrame(6, height, width);
  const settings = dreamer.settings({
    ...{ layers: { low: 1 }, octaves: 1, iterations: 8, jitter: 24, stepSize: 1, smoothing: 0 },
  });
  const sums = { edge: [0, 0], middle: [0, 0] };
  for (let seed = 1; seed <= 4; seed++) {
    const { data } = (await dreamer.dream(frame, settings, seed)).frame;
    data.forEach((value, i) => {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      const part = Math.min(x, y, width - 1 - x, height - 1 - y) < 8 ? sums.edge : sums.middle;
      part[0]! += Math.abs(value - frame.data[i]!);
      part[1]!++;
    });
  }
  const [edge, middle] = [sums.edge, sums.middle].map(([sum, count]) => sum! / count!);
  expect(edge! / middle!).toBeGreaterThan(0.85);
  expect(edge! / middle!).toBeLessThan(1.15);
});
