import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { Guide } from "../../src/dream/settings.ts";
import type { Frame } from "../../src/frame.ts";
import { createFrame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { cutAt } from "../../src/graph/cut.ts";
import type { FloatTensor } from "../../src/graph/graph.ts";
import type { Network } from "../../src/network.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const network = tinyNetwork(3);
const dreamer = new Dreamer(network, engine);
afterAll(() => engine.dispose());

const frame = randomFrame(5, 20, 24);
const guideFrame = randomFrame(8, 18, 16);

async function activations(picture: Frame, layer: string): Promise<FloatTensor> {
  const session = await engine.load(cutAt(network.graph, [layer]));
  const { height, width, data } = picture;
  const results = await session.run({
    frame: { type: "float32", dims: [1, 3, height, width], data },
  });
  await session.dispose();
  return results[layer] as FloatTensor;
}

/** The columns of `[1, C, H, W]`: one feature per position. */
function features({ dims, data }: FloatTensor): number[][] {
  const places = dims[2]! * dims[3]!;
  return Array.from({ length: places }, (_, i) =>
    Array.from({ length: dims[1]! }, (__, c) => data[c * places + i]!),
  );
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** The likeness of a picture to the guide by its definition, position by position. */
async function likeness(picture: Frame, { frame: own, match }: Guide): Promise<number> {
  const here = features(await activations(picture, "high"));
  const there = features(await activations(own, "high"));
  const mean = there[0]!.map((_, c) => there.reduce((sum, f) => sum + f[c]!, 0) / there.length);
  const targets = match === "best" ? there : [mean];
  const best = here.map((a) => Math.max(...targets.map((y) => dot(a, y))));
  return best.reduce((a, b) => a + b, 0) / best.length;
}

describe.each(["best", "mean"] as const)("a guide by its %s features", (match) => {
  const guide: Guide = { frame: guideFrame, match };
  const options = { layers: { high: 1 }, octaves: 1, jitter: 0, stepSize: 2, guide } as const;

  test("has an objective equal to its defined likeness", async () => {
    const settings = dreamer.settings({ ...options, iterations: 1 });
    const { losses } = await dreamer.dream(frame, settings, 1);
    expect(losses[0]![0]![0]).toBeCloseTo(await likeness(frame, guide), 4);
  });

  test("is more similar to the picture after three steps", async () => {
    const settings = dreamer.settings({ ...options, iterations: 3 });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 1);
    expect(await likeness(dreamed, guide)).toBeGreaterThan(1.02 * (await likeness(frame, guide)));
  });

  test("works with several layers and selected channels", async () => {
    const settings = dreamer.settings({
      ...options,
      layers: { "low:1-3": 1, high: 2 },
      iterations: 3,
    });
    const { losses } = await dreamer.dream(frame, settings, 1);
    const [first, last] = [losses[0]!.at(0)!, losses[0]!.at(-1)!];
    expect(Math.log(last[0]!) + 2 * Math.log(last[1]!)).toBeGreaterThan(
      Math.log(first[0]!) + 2 * Math.log(first[1]!),
    );
  });
});

test("another guide gives another dream", async () => {
  const options = { layers: { high: 1 }, octaves: 1, jitter: 0, iterations: 3 };
  const dream = async (guide: Frame): Promise<Frame> => {
    const settings = dreamer.settings({ ...options, guide: { frame: guide, match: "best" } });
    return (await dreamer.dream(frame, settings, 1)).frame;
  };
  const [one, other] = [await dream(guideFrame), await dream(createFrame(16, 16))];
  expect(one.data).not.toEqual(other.data);
});

test("a guide is read at every layer, also if there are more layers than cached sessions", async () => {
  const names = Array.from({ length: 24 }, (_, i) => `layer${i}`);
  const b = new GraphBuilder();
  const inner = b.input("frame", [1, 3, "height", "width"]);
  names.reduce((x, name) => b.op("Mul", [b.op("Relu", [x]), b.scalar(1.01)], {}, name), inner);
  b.output(names.at(-1)!, []);
  const layers = names.map((name) => ({ name, op: "Mul", channels: 3, stride: 1 }));
  const deep: Network = { ...tinyNetwork(3), graph: b.build(), layers, aliases: new Map() };
  const own = new Dreamer(deep, engine);
  const weights = Object.fromEntries(names.map((name) => [name, 1]));
  const guide = { frame: guideFrame, match: "best" } as const;
  const settings = own.settings({ layers: weights, octaves: 1, iterations: 1, jitter: 0, guide });
  const { losses } = await own.dream(frame, settings, 1);
  const [first = 0, ...others] = losses[0]![0]!;
  // Each layer is 1.01 times the previous one, so the likeness grows by the square of that.
  for (const [i, loss] of others.entries())
    expect(loss / first).toBeCloseTo(1.01 ** (2 * (i + 1)), 3);
});
