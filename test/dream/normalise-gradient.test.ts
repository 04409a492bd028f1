import { afterAll, describe, expect, test } from "vitest";
import {
  addLaplacian,
  addSmoothing,
  addUnitStrength,
  gaussianKernels,
  smoothingKernels,
  tapsFor,
} from "../../src/dream/normalise-gradient.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { type FloatTensor, floatTensor, type Tensor } from "../../src/graph/graph.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

const [height, width] = [26, 33];

async function apply(
  gradient: Float32Array,
  add: (b: GraphBuilder, g: string) => string,
  feeds: Record<string, Tensor> = {},
): Promise<Float32Array> {
  const b = new GraphBuilder();
  b.output(b.op("Identity", [add(b, b.input("g", [1, 3, height, width]))], {}, "y"), []);
  const session = await engine.load(b.build());
  const results = await session.run({ g: floatTensor([1, 3, height, width], gradient), ...feeds });
  return (results.y as FloatTensor).data;
}

const noise = randomFrame(4, height, width).data.map((v) => v - 0.45);
const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("unit strength", () => {
  test("by mean-abs makes mean |g| one and keeps directions", async () => {
    const y = await apply(noise, (b, g) => addUnitStrength(b, g, "mean-abs"));
    expect(mean(y.map(Math.abs))).toBeCloseTo(1, 4);
    expect(y[5]! / noise[5]!).toBeCloseTo(y[100]! / noise[100]!, 3);
  });

  test("by std makes the mean zero and the standard deviation one", async () => {
    const y = await apply(noise, (b, g) => addUnitStrength(b, g, "std"));
    expect(mean(y)).toBeCloseTo(0, 4);
    expect(mean(y.map((v) => v * v))).toBeCloseTo(1, 3);
  });

  test("of a zero gradient is zero, not NaN", async () => {
    const y = await apply(
      noise.map(() => 0),
      (b, g) => addUnitStrength(b, g, "mean-abs"),
    );
    expect(y.every((v) => v === 0)).toBe(true);
  });
});

describe("smoothing", () => {
  test("spreads an impulse like the mean of the given Gaussians", async () => {
    const sigma = 1.2;
    const factors = [0.5, 1, 2];
    const taps = tapsFor(sigma * 2);
    const impulse = new Float32Array(3 * height * width);
    impulse[13 * width + 16] = 1;
    const y = await apply(
      impulse,
      (b, g) => addSmoothing(b, g, height, width, smoothingKernels(b, taps)),
      {
        ...gaussianKernels(sigma, factors, taps),
      },
    );
    for (const [dy, dx] of [
      [0, 0],
      [1, 0],
      [2, 3],
      [-4, 1],
    ] as const) {
      // An independent reference: the closed form of a two-dimensional Gaussian on the pixel grid.
      const expected =
        factors.reduce(
          (sum, f) =>
            sum +
            Math.exp(-(dx * dx + dy * dy) / (2 * (sigma * f) ** 2)) /
              (2 * Math.PI * (sigma * f) ** 2),
          0,
        ) / 3;
      expect(y[(13 + dy) * width + 16 + dx]!).toBeCloseTo(expected, 2);
    }
    expect(y.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 3);
  });

  test("keeps a constant gradient up to the border", async () => {
    const y = await apply(
      noise.map(() => 0.7),
      (b, g) => addSmoothing(b, g, height, width, smoothingKernels(b, 9)),
      { ...gaussianKernels(1.5, [1], 9) },
    );
    expect(Math.max(...y.map((v) => Math.abs(v - 0.7)))).toBeLessThan(1e-5);
  });
});

describe("Laplacian normalisation", () => {
  test("gives a fine and a coarse pattern of very different amplitude similar shares", async () => {
    const at = (f: (x: number, y: number) => number): Float32Array =>
      Float32Array.from({ length: 3 * height * width }, (_, i) =>
        f(i % width, Math.floor(i / width) % height),
      );
    const fine = at((x, y) => (((x + y) % 2) * 2 - 1) * 0.02);
    const coarse = at((x) => Math.sin((2 * Math.PI * x) / width));
    const share = (g: Float32Array, pattern: Float32Array): number =>
      Math.abs(g.reduce((sum, v, i) => sum + v * pattern[i]!, 0)) /
      Math.sqrt(pattern.reduce((sum, v) => sum + v * v, 0));
    const mixed = fine.map((v, i) => v + coarse[i]!);
    const y = await apply(mixed, (b, g) => addLaplacian(b, g, height, width, 3));
    const ratio = (g: Float32Array): number => share(g, fine) / share(g, coarse);
    expect(ratio(mixed)).toBeLessThan(0.05);
    expect(ratio(y)).toBeGreaterThan(4 * ratio(mixed));
  });
});
