/** Random scale and rotation of what the network sees. */
import { afterAll, describe, expect, test } from "vitest";
import { ascentGraph, ascentSpec } from "../../src/dream/ascent-graph.ts";
import { Dreamer } from "../../src/dream/dreamer.ts";
import {
  addPositions,
  addTurned,
  addTurnedBack,
  drawTurn,
  turnFeeds,
  turnPlaces,
} from "../../src/dream/random-turn.ts";
import type { Target } from "../../src/dream/targets.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { type FloatTensor, floatTensor } from "../../src/graph/graph.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { createTfjsEngine } from "../../src/runtime/tfjs/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());
const dreamer = new Dreamer(tinyNetwork(3), engine);
const [height, width] = [40, 52];
const both = dreamer.settings({ layers: { low: 1 }, scaleJitter: 0.2, rotateJitter: 20 });

/** A soft blob in the centre of three planes. */
function blob(h: number, w: number, cx: number, cy: number): FloatTensor {
  const tensor = floatTensor([1, 3, h, w]);
  for (let i = 0; i < tensor.data.length; i++) {
    const [x, y] = [i % w, Math.floor(i / w) % h];
    tensor.data[i] = Math.exp(-((x - w / 2 - cx) ** 2 + (y - h / 2 - cy) ** 2) / 60);
  }
  return tensor;
}

function resampling(): GraphBuilder {
  const b = new GraphBuilder();
  const seen = [height, width] as const;
  const picture = b.input("picture", [1, 3, height, width]);
  const gradient = b.input("gradient", [1, 3, ...seen]);
  const turned = addTurned(b, picture, addPositions(b, "seenFrom", ...seen));
  const back = addTurnedBack(b, gradient, addPositions(b, "gradientFrom", height, width));
  b.opNamed("Identity", [turned], {}, "seen").output("seen", [1, 3, ...seen]);
  b.opNamed("Identity", [back], {}, "back").output("back", [1, 3, height, width]);
  return b;
}

const dot = (a: FloatTensor, b: FloatTensor): number =>
  a.data.reduce((sum, v, i) => sum + v * b.data[i]!, 0);

describe("a turned picture", () => {
  const draws = [0.9, 0.2, 0.1, 0.8];
  const placement = { height, width, x: 1, y: 4 };

  test.each([0, 1, 2])("passes the gradient back to the picture: %i", async (i) => {
    const random = draws.slice(i);
    const turn = drawTurn(both, () => random.shift()!);
    const session = await engine.load(resampling().build());
    const picture = blob(height, width, 3, -2);
    const gradient = blob(height, width, -4, 1);
    const feeds = { picture, gradient, ...turnFeeds(turn, placement) };
    const { seen, back } = (await session.run(feeds)) as Record<string, FloatTensor>;
    // The derivative of <gradient, seen> along the picture, in which it is linear.
    const [a, b, c, d] = turn.forth;
    const ratio = (dot(back!, picture) * (a * d - b * c)) / dot(gradient, seen!);
    expect(ratio).toBeCloseTo(1, 2);
    await session.dispose();
  });

  test("is the same on the second engine", async () => {
    const turn = drawTurn(both, () => 0.8);
    const picture = floatTensor([1, 3, height, width], randomFrame(1, height, width).data);
    const gradient = floatTensor([1, 3, height, width], randomFrame(2, height, width).data);
    const feeds = { picture, gradient, ...turnFeeds(turn, placement) };
    const own = await (await engine.load(resampling().build())).run(feeds);
    const tfjs = await createTfjsEngine();
    const theirs = await (await tfjs.load(resampling().build())).run(feeds);
    for (const name of ["seen", "back"])
      (own[name] as FloatTensor).data.forEach((v, i) => {
        expect(Math.abs(v - (theirs[name] as FloatTensor).data[i]!)).toBeLessThan(1e-4);
      });
    await tfjs.dispose();
  });

  test("shows a neuron at its new position", async () => {
    const turn = drawTurn(both, () => 0.9);
    const at = [0.7, 0.3] as const;
    const target: Target = {
      type: "layer",
      key: "low",
      value: "low",
      objective: { type: "neuron", at },
    };
    const [placed] = turnPlaces([target], turn, { height, width });
    const goes = placed as typeof target;
    const [x, y] = goes.objective?.type === "neuron" ? goes.objective.at : [0, 0];
    const spot = floatTensor([1, 3, height, width]);
    const column = Math.floor(0.7 * width);
    spot.data[Math.floor(0.3 * height) * width + column] = 1;
    const session = await engine.load(resampling().build());
    const gradient = floatTensor([1, 3, height, width]);
    const feeds = { picture: spot, gradient, ...turnFeeds(turn, placement) };
    const data = (await session.run(feeds)).seen!.data as Float32Array;
    const brightest = data.indexOf(Math.max(...data));
    expect(Math.abs((brightest % width) - 1 - x * width)).toBeLessThan(1.5);
    expect(Math.abs(Math.floor(brightest / width) - 4 - y * height)).toBeLessThan(1.5);
    await session.dispose();
  });
});

describe("dreaming with random scale and rotation", () => {
  const frame = randomFrame(5, 96, 112);
  const base = { layers: { high: 1 }, octaves: 2, iterations: 5, jitter: 6, stepSize: 2 };
  const dream = async (options: object, seed = 1): Promise<Float32Array> =>
    (await dreamer.dream(frame, dreamer.settings({ ...base, ...options }), seed)).frame.data;

  test.each(["off", 64] as const)(
    "raises the objective, depending on the seed, with tile %s",
    async (tile) => {
      const options = { tile, scaleJitter: 0.05, rotateJitter: 5 };
      const dreamed = await dream(options);
      const before = await dreamer.gradient(frame, base);
      const after = await dreamer.gradient({ ...frame, data: dreamed }, base);
      expect(after.loss).toBeGreaterThan(1.3 * before.loss);
      expect(await dream(options)).toEqual(dreamed);
      expect(await dream(options, 2)).not.toEqual(dreamed);
      for (const alone of [{ scaleJitter: 0.05 }, { rotateJitter: 5 }])
        expect(await dream({ tile, ...alone })).not.toEqual(await dream({ tile }));
    },
  );

  test("adds no nodes to the graph if it is off", () => {
    const settings = dreamer.settings(base);
    const targets = dreamer.targets(settings).targets;
    const ops = (options: object): string[] => {
      const spec = ascentSpec({ ...settings, ...options }, 40, 40, 3);
      return ascentGraph(dreamer.network, targets, spec).graph.nodes.map(({ op }) => op);
    };
    expect(ops({})).not.toContain("GridSample");
    expect(ops({ rotateJitter: 5 }).filter((op) => op === "GridSample")).toHaveLength(2);
  });
});
