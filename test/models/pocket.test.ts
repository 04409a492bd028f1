import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { Frame } from "../../src/frame.ts";
import { openBundled } from "../../src/models/bundled.ts";
import { openNetwork } from "../../src/models/open.ts";
import { classify } from "../../src/pipeline/classify.ts";
import { createOrtEngine } from "../../src/runtime/ort.ts";
import { fractalNoise } from "../../src/video/noise.ts";

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
];
const engine = createOrtEngine("cpu");
let dreamer: Dreamer;
beforeAll(async () => {
  dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
});
afterAll(() => engine.dispose());

const frame: Frame = fractalNoise({ seed: 4, scale: 3, width: 72, height: 64 });

describe("pocket", () => {
  test("has the layers and classes its card promises", async () => {
    const { network } = dreamer;
    expect(network.layers.map((layer) => layer.name)).toEqual([...layers, "logits"]);
    expect(network.layers.map((layer) => layer.stride)).toEqual([2, 2, 4, 4, 8, 8, 8, 16, 16, 0]);
    expect(network.labels).toHaveLength(200);
    const { card } = await openBundled("pocket");
    expect(Object.keys(card.layers)).toEqual([...layers, "logits"]);
  });

  test.each([
    ...layers.map((name) => ({ layers: { [name]: 1 } })),
    { classes: { goldfish: 1 } },
    { layers: { patterns1: 1, creatures1: 2 } },
  ])("has the gradient of %j that central differences find", async (objective) => {
    const { gradient } = await dreamer.gradient(frame, objective);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    // Along the gradient itself the slope is its norm; small steps stay clear of most kinks.
    const shifted = async (by: number): Promise<number> =>
      (
        await dreamer.gradient(
          { ...frame, data: frame.data.map((v, i) => v + (by * gradient[i]!) / norm) },
          objective,
        )
      ).loss;
    const difference = async (step: number): Promise<number> =>
      ((await shifted(step)) - (await shifted(-step))) / (2 * step);
    // Richardson's extrapolation takes the third derivative's share away.
    const slope = (4 * (await difference(0.01)) - (await difference(0.02))) / 3;
    expect(Math.abs(slope - norm) / norm).toBeLessThan(0.01);
  });

  test("raises its default objective many times over with its default settings", async () => {
    const settings = dreamer.settings({ octaves: 2, iterations: [6, 4] });
    const { losses } = await dreamer.dream(frame, settings, 1);
    const last = losses.at(-1)!;
    expect(last.at(-1)![0]!).toBeGreaterThan(1.3 * last[0]![0]!);
  });

  test("raises a class until it sees it", async () => {
    const settings = dreamer.settings({
      classes: { goldfish: 1 },
      octaves: 2,
      iterations: [20, 10],
    });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
    expect((await classify(dreamer.network, engine, dreamed, 1))[0]).toMatchObject({
      label: expect.stringContaining("goldfish"),
    });
  });
});
