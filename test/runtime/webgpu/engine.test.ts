import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../../src/dream/dreamer.ts";
import { createRandom } from "../../../src/dream/random.ts";
import type { DreamOptions } from "../../../src/dream/settings.ts";
import { colorTarget, Grader } from "../../../src/flow/color.ts";
import type { Frame } from "../../../src/frame.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { onDevice } from "../../../src/runtime/pictures.ts";
import { Scope, scoped } from "../../../src/runtime/scope.ts";
import { isClearlyFaster } from "../../../src/runtime/select/auto-engine.ts";
import {
  gradientOf,
  graphOf,
  randomCotangents,
  spread,
} from "../../graph/vjp/finite-differences.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";
import { missingWebGpu, strictWebGpu } from "../../helpers/webgpu.ts";

const missing = await missingWebGpu();
const cpu = createOrtEngine("cpu");
afterAll(() => cpu.dispose());

/** y = 2·x. */
function doubler(): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [2, 3]);
  b.output(b.op("Add", [x, x], {}, "y"), [2, 3]);
  return b.build();
}

function furthest(a: Frame, b: Frame): number {
  return a.data.reduce((max, v, i) => Math.max(max, Math.abs(v - b.data[i]!)), 0);
}

describe.skipIf(missing)(`WebGPU${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const gpu = missing ? cpu : strictWebGpu();
  afterAll(() => gpu.dispose());

  test("keeps results on the device until they are read", async () => {
    const session = await gpu.loadOnDevice(doubler());
    const scope = new Scope();
    const x = await gpu.upload(scope, [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    const once = (await session.run(scope, { x })).y!;
    const twice = (await session.run(scope, { x: once })).y!;
    expect([...(await twice.read())]).toEqual([4, 8, 12, 16, 20, 24]);
    expect(twice.dims).toEqual([2, 3]);
    expect(gpu.openTensors).toBe(3);
    scope.dispose();
    expect(gpu.openTensors).toBe(0);
    await session.dispose();
  });

  test("refuses a disposed tensor instead of crashing", async () => {
    const session = await gpu.loadOnDevice(doubler());
    await scoped(async (scope) => {
      const x = await gpu.upload(scope, [2, 3], new Float32Array(6));
      scope.drop(x);
      await expect(x.read()).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(session.run(scope, { x })).rejects.toMatchObject({ code: "INTERNAL" });
    });
    await session.dispose();
  });

  test("reports a buffer that is too large for the device, and continues", async () => {
    const b = new GraphBuilder();
    const huge = b.op("Expand", [b.input("x", [1]), b.ints(2 ** 29)]);
    b.output(b.op("ReduceSum", [huge], { keepdims: 0 }, "y"), []);
    const session = await gpu.load(b.build());
    await expect(session.run({ x: floatTensor([1], [1]) })).rejects.toMatchObject({
      code: "TOO_LARGE",
      hint: expect.stringMatching(/engine: cpu/),
    });
    const double = await gpu.load(doubler());
    const { y } = await double.run({ x: floatTensor([2, 3], [1, 1, 1, 1, 1, 1]) });
    expect([...(y!.data as Float32Array)]).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test("adds and takes signs on the device with the CPU's results", async () => {
    const b = new GraphBuilder();
    const x = b.input("x", [5]);
    const sum = b.op("Sum", [x, x, b.op("Sign", [x]), b.op("Sum", [x])]);
    b.output(b.op("Identity", [sum], {}, "y"), [5]);
    const feeds = { x: floatTensor([5], [-1e-20, 0, 3e-25, 2, -7]) };
    for (const engine of [cpu, gpu]) {
      const session = await engine.load(b.build());
      const { y } = await session.run(feeds);
      expect([...(y!.data as Float32Array)]).toEqual([-1, 0, 1, 7, -22]);
      await session.dispose();
    }
  });

  test.each([
    [6, 8, 1],
    [9, 4, 1],
    [5, 7, 1],
    [3, 12, 1],
    [6, 6, 6],
    [8, 12, 2],
    [12, 10, 2],
    [12, 24, 2],
  ])("convolves %i channels to %i in %i groups with the CPU's results", async (from, to, group) => {
    const random = createRandom(from * to);
    const values = (dims: number[]): ReturnType<typeof floatTensor> => {
      const size = dims.reduce((a, d) => a * d, 1);
      return floatTensor(
        dims,
        Array.from({ length: size }, () => random() - 0.5),
      );
    };
    const b = new GraphBuilder();
    const weights = b.constant(values([to, from / group, 3, 3]));
    const inputs = [b.input("x", [1, from, 9, 14]), weights, b.constant(values([to]))];
    b.output(b.op("Conv", inputs, { group, strides: [2, 2], pads: [1, 1, 1, 1] }, "y"), []);
    const feeds = { x: values([1, from, 9, 14]) };
    const [here, there] = await Promise.all(
      [cpu, gpu].map(async (engine) => {
        const { y } = await (await engine.load(b.build())).run(feeds);
        return [...(y!.data as Float32Array)];
      }),
    );
    expect(there).toEqual(here!.map((v) => expect.closeTo(v, 4)));
  });

  test.each([
    ["pads", { pads: [1, 1, 1, 1] }],
    ["ceil_mode", { ceil_mode: 1 }],
    ["odd sides", { strides: [2, 3] }],
  ])(
    "differentiates a pool by blocks of channels with the CPU's results: %s",
    async (_, attributes) => {
      const dims = [1, 16, 9, 14];
      const pool = { kernel_shape: [3, 3], strides: [2, 2], ...attributes };
      const graph = graphOf(dims, (b, x) => b.op("Relu", [b.op("MaxPool", [x], pool)]));
      const gradient = gradientOf(graph, randomCotangents(graph, 1));
      const feeds = { x: spread(dims, 2, -1, 3) };
      const [here, there] = await Promise.all(
        [cpu, gpu].map(async (engine) => {
          const results = await (await engine.load(gradient)).run(feeds);
          return [...(results.gradient!.data as Float32Array)];
        }),
      );
      expect(Math.max(...here!)).toBeGreaterThan(0.1);
      expect(there).toEqual(here!.map((v) => expect.closeTo(v, 5)));
    },
  );

  const base: DreamOptions = { octaves: 2, iterations: 2, layers: { high: 1 }, jitter: 4 };
  const dreams: readonly (readonly [string, DreamOptions])[] = [
    ["layer and class", { layers: { low: 1, high: 0.5 }, classes: { pier: 1 } }],
    ["every kind of smoothing", { smoothing: 1, laplacian: 2, totalVariation: 0.1, l2: 0.01 }],
    ["pytorch-deepdream's rules", { preset: "pytorch-deepdream", jitter: 4 }],
    ["a guide", { guide: { frame: randomFrame(4, 30, 26), match: "best" } }],
    ["tiles", { tile: 64 }],
  ];
  test.each(dreams)(
    "dreams the CPU's picture with %s, completely on the device",
    async (_, options) => {
      // A picture larger than a tile, but as small as possible.
      const frame = "tile" in options ? randomFrame(3, 64, 72) : randomFrame(3, 40, 48);
      const [here, there] = [cpu, gpu].map((engine) => new Dreamer(tinyNetwork(3), engine));
      const settings = here!.settings({ ...base, ...options });
      const ours = await there!.dream(frame, settings, 1);
      expect(furthest(ours.frame, (await here!.dream(frame, settings, 1)).frame)).toBeLessThan(
        1e-4,
      );
      expect(furthest(ours.frame, frame)).toBeGreaterThan(0.01);
      expect(gpu.openTensors).toBe(0);
      await Promise.all([here!.dispose(), there!.dispose()]);
    },
  );

  test("grades a picture in strips on the device with the CPU's result for the whole picture", async () => {
    const frame = randomFrame(5, 40, 24);
    const target = colorTarget({ mean: [0.6, 0.02, -0.02], spread: [0.1, 0.03, 0.05] });
    const [here, there] = await Promise.all(
      [cpu, gpu].map((engine) => {
        const grader = new Grader(engine, engine === gpu ? 7 * 24 : undefined);
        return onDevice(engine, [frame], (scope, picture) =>
          grader.grade(scope, picture!, target, 1.2),
        );
      }),
    );
    expect(furthest(there!, here!)).toBeLessThan(1e-4);
    expect(furthest(there!, frame)).toBeGreaterThan(0.01);
    expect(gpu.openTensors).toBe(0);
  });

  test("is not selected automatically if software renders it", async () => {
    expect(await isClearlyFaster(gpu, cpu)).toBe(false);
  });
});

test("auto selects an engine that is clearly faster than the CPU", async () => {
  const slow = {
    ...cpu,
    loadOnDevice: async (graph: Graph) => {
      const session = await cpu.loadOnDevice(graph);
      return {
        ...session,
        run: async (...run: Parameters<typeof session.run>) => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          return session.run(...run);
        },
      };
    },
  };
  expect(await isClearlyFaster(cpu, slow)).toBe(true);
  expect(await isClearlyFaster(slow, cpu)).toBe(false);
});
