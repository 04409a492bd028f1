import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { Frame } from "../../src/frame.ts";
import { fractalNoise } from "../../src/image/noise.ts";
import { openBundled } from "../../src/models/bundled.ts";
import { openNetwork } from "../../src/models/open.ts";
import { classify } from "../../src/pipeline/stills/classify.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";

const layers = [
  "edges",
  "strokes",
  "patterns1",
  "patterns2",
  "motifs1",
  "motifs2",
  "motifs3",
  "creatures1",
  "creatures2",
  "creatures3",
];
const engine = createOrtEngine("cpu");
let dreamer: Dreamer;
beforeAll(async () => {
  dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
});
afterAll(() => engine.dispose());

const frame: Frame = fractalNoise({ seed: 4, scale: 3, width: 72, height: 64 });

describe("pocket", () => {
  test("has the layers and classes of its card", async () => {
    const { network } = dreamer;
    expect(network.layers.map((layer) => layer.name)).toEqual([...layers, "logits"]);
    expect(network.layers.map((layer) => layer.stride)).toEqual([
      2, 4, 8, 8, 16, 16, 16, 16, 16, 32, 0,
    ]);
    expect(network.labels).toHaveLength(1000);
    const { card } = await openBundled("pocket");
    expect(Object.keys(card.layers)).toEqual([...layers, "logits"]);
  });

  test("accepts the layer names of the network that taught it", async () => {
    const dream = (layer: string) => dreamer.gradient(frame, { layers: { [layer]: 1 } });
    const own = await dream("motifs3");
    for (const name of ["inception_4c/output", "mixed4c", "inception4c"])
      expect(await dream(name)).toEqual(own);
  });

  test("has no checkerboard in its gradient of a grey picture", async () => {
    const size = 320;
    const grey = { data: new Float32Array(3 * size * size).fill(0.5), height: size, width: size };
    const { gradient } = await dreamer.gradient(grey, { layers: { motifs3: 1 } });
    // Far from the edges, the gradient repeats with the stride of the layer. Neighbours two pixels apart have the
    // same phase in the stem's stride, so a difference between the four phases is a checkerboard.
    const places = [0, 0, 0, 0];
    let energy = 0;
    for (let y = 128; y < 192; y++)
      for (let x = 128; x < 192; x++) {
        const value = gradient[y * size + x]!;
        places[2 * (y % 2) + (x % 2)]! += value / 1024;
        energy += value ** 2 / 4096;
      }
    const mean = places.reduce((a, b) => a + b) / 4;
    const board = places.reduce((sum, place) => sum + (place - mean) ** 2 / 4, 0);
    expect(board / energy).toBeLessThan(0.05);
  });

  test.each([
    ...layers.map((name) => ({ layers: { [name]: 1 } })),
    { classes: { goldfish: 1 } },
    { layers: { patterns1: 1, creatures1: 2 } },
  ])("has a gradient of %j whose integral is the change of its loss", async (objective) => {
    const { gradient } = await dreamer.gradient(frame, objective);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    // Along a line, the loss is the integral of its slope, including kinks of Relu and max-pools. The line is long
    // enough that the loss changes by far more than float32 rounding.
    const length = 0.5;
    const at = (share: number): Frame => ({
      ...frame,
      data: frame.data.map((v, i) => v + ((share - 0.5) * length * gradient[i]!) / norm),
    });
    const change =
      (await dreamer.gradient(at(1), objective)).loss -
      (await dreamer.gradient(at(0), objective)).loss;
    const points = 16;
    let integral = 0;
    for (let k = 0; k < points; k++) {
      const there = await dreamer.gradient(at((k + 0.5) / points), objective);
      const slope = there.gradient.reduce((sum, g, i) => sum + (g * gradient[i]!) / norm, 0);
      integral += (slope * length) / points;
    }
    expect(Math.abs(integral - change) / Math.abs(change)).toBeLessThan(0.02);
  });

  test("doubles its default objective with its default settings and few steps", async () => {
    const settings = dreamer.settings({ octaves: 2, iterations: [6, 4] });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
    // Of the whole picture: the losses of the steps are those of shifted windows.
    const { layers } = settings;
    const [before, after] = [frame, dreamed].map((one) => dreamer.gradient(one, { layers }));
    expect((await after!).loss).toBeGreaterThan(2 * (await before!).loss);
  });

  test("raises a class score until the class is predicted", async () => {
    const settings = dreamer.settings({
      classes: { goldfish: 1 },
      octaves: 2,
      iterations: [30, 20],
      stepSize: 3,
    });
    const noise = fractalNoise({ seed: 4, scale: 3, width: 128, height: 128 });
    const { frame: dreamed } = await dreamer.dream(noise, settings, 1);
    expect((await classify(dreamer.network, engine, dreamed, 1))[0]).toMatchObject({
      label: expect.stringContaining("goldfish"),
    });
  });
});
