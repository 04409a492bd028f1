/** Steps in the Fourier basis. */
import { afterAll, describe, expect, test } from "vitest";
import { ascentGraph, ascentSpec } from "../../src/dream/ascent-graph.ts";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { addFourierSpace } from "../../src/dream/fourier-space.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { type FloatTensor, floatTensor } from "../../src/graph/graph.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());
const dreamer = new Dreamer(tinyNetwork(3), engine);
const [height, width] = [12, 18];

async function mapped(gradient: Float32Array): Promise<Float32Array> {
  const b = new GraphBuilder();
  const dims = [1, 3, height, width];
  const natural = addFourierSpace(b, b.input("gradient", dims), height, width);
  b.opNamed("Identity", [natural], {}, "natural_gradient").output("natural_gradient", dims);
  const session = await engine.load(b.build());
  const results = await session.run({ gradient: floatTensor(dims, gradient) });
  await session.dispose();
  return (results.natural_gradient as FloatTensor).data;
}

/** A grey wave of `down` and `across` half periods. */
function wave(down: number, across: number): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const [v, u] = [(down * (y + 0.5)) / height, (across * (x + 0.5)) / width];
    return Math.cos(Math.PI * v) * Math.cos(Math.PI * u);
  });
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

describe("the Fourier map of the gradient", () => {
  test("weights a wave by 1/f²", async () => {
    const gain = async (down: number, across: number): Promise<number> => {
      const own = wave(down, across);
      return dot(await mapped(own), own) / dot(own, own);
    };
    const slow = await gain(0, 4);
    expect((await gain(0, 8)) / slow).toBeCloseTo(1 / 4, 4);
    const [f, g] = [4 / (2 * width), Math.hypot(6 / (2 * height), 3 / (2 * width))];
    expect((await gain(6, 3)) / slow).toBeCloseTo((f / g) ** 2, 4);
  });

  test("is symmetric and positive semidefinite", async () => {
    const [a, b] = [1, 2].map((seed) => randomFrame(seed, height, width).data.map((v) => v - 0.5));
    const [left, right] = [dot(await mapped(a!), b!), dot(a!, await mapped(b!))];
    expect(Math.abs(left - right)).toBeLessThan(1e-5 * Math.hypot(...a!) * Math.hypot(...b!));
    expect(dot(await mapped(a!), a!)).toBeGreaterThan(0);
  });

  test("moves a single colour towards grey, as natural colours are correlated", async () => {
    const red = new Float32Array(3 * height * width).fill(1, 0, height * width);
    const out = await mapped(red);
    expect(out[height * width]! / out[0]!).toBeGreaterThan(0.5);
  });
});

describe("dreaming in the Fourier basis", () => {
  const frame = randomFrame(5, 80, 96);
  const base = { layers: { high: 1 }, octaves: 2, iterations: 4, jitter: 4, stepSize: 2 };

  test.each(["off", 64] as const)("raises the objective with tile %s", async (tile) => {
    const settings = dreamer.settings({ ...base, tile, space: "fourier" });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
    const before = await dreamer.gradient(frame, base);
    expect((await dreamer.gradient(dreamed, base)).loss).toBeGreaterThan(before.loss);
  });

  test("is predicted to need the graph's constants twice: for the graph and in the runtime", () => {
    const settings = { ...dreamer.settings(base), octaves: 1 };
    const { targets } = dreamer.targets(settings);
    const needed = (space: "pixels" | "fourier"): number =>
      dreamer.needs.memoryFor([{ ...settings, space }], 80, 96);
    const held = (space: "pixels" | "fourier"): number => {
      const spec = ascentSpec({ ...settings, space }, 80, 96, 4);
      const { initializers } = ascentGraph(dreamer.network, targets, spec).graph;
      return [...initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    };
    const extra = needed("fourier") - needed("pixels");
    expect(extra / (2 * (held("fourier") - held("pixels")))).toBeCloseTo(1, 2);
  });

  test("adds no nodes to the graph for pixels", () => {
    const settings = dreamer.settings(base);
    const { targets } = dreamer.targets(settings);
    const ops = (space: "pixels" | "fourier"): string[] =>
      ascentGraph(
        dreamer.network,
        targets,
        ascentSpec({ ...settings, space }, 40, 40, 3),
      ).graph.nodes.map(({ op }) => op);
    expect(ops("pixels")).not.toContain("MatMul");
    expect(ops("fourier").filter((op) => op === "MatMul")).toHaveLength(5);
  });
});
