/** The engine tfjs on wasm, which everyone can install, compared with the engine cpu. */
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../../src/dream/dreamer.ts";
import { Resizer } from "../../../src/dream/resize.ts";
import { motionHomography } from "../../../src/flow/motion.ts";
import { FlowEstimator } from "../../../src/flow/optical-flow.ts";
import type { Frame } from "../../../src/frame.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import {
  type FloatTensor,
  floatTensor,
  type Graph,
  type Tensor,
} from "../../../src/graph/graph.ts";
import { loweredOps } from "../../../src/graph/passes/lower.ts";
import { vjpRules } from "../../../src/graph/vjp/rules.ts";
import { readImage } from "../../../src/image/image.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { classify } from "../../../src/pipeline/stills/classify.ts";
import type { Engine } from "../../../src/runtime/engine.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { onDevice } from "../../../src/runtime/pictures.ts";
import { createTfjsEngine } from "../../../src/runtime/tfjs/engine.ts";
import { loadTfjs } from "../../../src/runtime/tfjs/load.ts";
import { tfjsOps } from "../../../src/runtime/tfjs/ops.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { randomTensor } from "../../graph/vjp/finite-differences.ts";
import { warpFrame } from "../../helpers/carry.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

const cpu = createOrtEngine("cpu");
const tfjs = await createTfjsEngine();
afterAll(() => Promise.all([cpu.dispose(), tfjs.dispose()]));

type Feeds = Readonly<Record<string, Tensor>>;

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(b.length).toBe(a.length);
  return Array.from(a).reduce((max, v, i) => Math.max(max, Math.abs(v - b[i]!)), 0);
}

/** Largest difference between the outputs of the two engines; each runs twice. */
async function compare(graph: Graph, feeds: Feeds): Promise<number> {
  const [expected, found] = await Promise.all(
    [cpu, tfjs].map(async (engine) => {
      const session = await engine.load(graph);
      await session.run(feeds);
      const results = await session.run(feeds);
      await session.dispose();
      return results;
    }),
  );
  return Math.max(
    ...Object.entries(expected!).map(([name, { dims, type, data }]) => {
      const own = found![name]!;
      expect({ dims: own.dims, type: own.type }).toEqual({ dims, type });
      return difference(Array.from(data as Float32Array, Number), Array.from(own.data, Number));
    }),
  );
}

/** Check that both engines make the same frames. */
async function compareFrames(make: (engine: Engine) => Promise<Frame>): Promise<number> {
  const [expected, found] = [await make(cpu), await make(tfjs)];
  return difference(expected.data, found.data);
}

describe("engine tfjs makes the same frames as engine cpu", () => {
  const picture = randomFrame(3, 45, 60);
  const large = randomFrame(4, 70, 96);

  test.each([
    ["plainly", {}],
    ["smoothed", { smoothing: 1 }],
    [
      "with Laplacian bands, normalised by the standard deviation",
      { laplacian: 3, preset: "hvass" as const },
    ],
    ["with priors", { totalVariation: 0.1, l2: 0.02 }],
    ["for a class", { layers: {}, classes: { pier: 1 } }],
    ["on two layers, in tiles", { layers: { low: 1, high: 0.5 }, tile: 64 }],
    [
      "guided by a picture",
      { guide: { frame: randomFrame(9, 32, 32), match: "best" as const, strength: 1 } },
    ],
  ])("dreaming %s", async (_, options) => {
    const off = await compareFrames(async (engine) => {
      const dreamer = new Dreamer(tinyNetwork(5), engine);
      const settings = dreamer.settings({
        layers: { high: 1 },
        octaves: 2,
        iterations: 3,
        jitter: 5,
        ...options,
      });
      // A seed at which no unit is within rounding of a kink.
      const { frame } = await dreamer.dream("tile" in options ? large : picture, settings, 8);
      return frame;
    });
    expect(off).toBeLessThan(1e-3);
  });

  test.each([
    [90, 120],
    [23, 31],
  ])("resized to %i × %i", async (height, width) => {
    const off = await compareFrames((engine) =>
      onDevice(engine, [picture], (scope, x) =>
        new Resizer(engine).resize(scope, x!, height, width),
      ),
    );
    expect(off).toBeLessThan(1e-5);
  });

  test("moved, with and without flow", async () => {
    const motion = {
      zoom: 1.7,
      rotate: 20,
      tilt: 0,
      turn: 0,
      fov: 60,
      pan: [0.1, -0.2],
      center: [0.4, 0.5],
    } as const;
    const affine = motionHomography(motion, 2, 45, 60);
    const backward = { data: randomTensor([2, 45, 60], 4, -9, 9).data, height: 45, width: 60 };
    for (const flow of [undefined, backward])
      expect(
        await compareFrames((engine) => warpFrame(engine, picture, affine, flow)),
      ).toBeLessThan(1e-4);
  });

  test("optical flow", async () => {
    const next = await warpFrame(cpu, picture, [1, 0, 1.5, 0, 1, -0.7, 0, 0, 1]);
    const [a, b] = await Promise.all(
      [cpu, tfjs].map((engine) => new FlowEstimator(engine).estimate(picture, next)),
    );
    expect(difference(a!.backward.data, b!.backward.data)).toBeLessThan(1e-3);
    expect(difference(a!.reliable, b!.reliable)).toBeLessThan(1e-3);
  });

  test("for a whole scene: a clip with flow feedback, from decoding to the files", async () => {
    const folder = await temporaryFolder();
    const scene = parseScene(
      `
      output: { file: frames/, size: 48x40, fps: 8 }
      source: { lavfi: "mandelbrot=size=48x40:rate=8" }
      duration: 3f
      dream: { layers: { strokes: 1 }, octaves: 2, iterations: 2, jitter: 4 }
      motion: { zoom: 1.3 }
      feedback: { amount: 0.7, warp: flow }
      color: { match: first }`,
      { path: join(folder.path, "scene.yaml") },
    );
    for (const engine of ["cpu", "tfjs"] as const)
      await renderScene(scene, { engine, output: join(folder.path, `${engine}/`) });
    for (const name of ["00000.png", "00001.png", "00002.png"]) {
      const [a, b] = await Promise.all(
        ["cpu", "tfjs"].map((engine) => readImage(join(folder.path, engine, name))),
      );
      // One level of 8 bits, due to rounding.
      expect(difference(a!.data, b!.data)).toBeLessThan(1.01 / 255);
    }
    await folder.remove();
  });

  test("and predicts the same classes", async () => {
    const [a, b] = await Promise.all(
      [cpu, tfjs].map((engine) => classify(tinyNetwork(5), engine, picture, 4)),
    );
    expect(b!.map(({ label }) => label)).toEqual(a!.map(({ label }) => label));
  });
});

describe("engine tfjs implements the operators as onnxruntime does", () => {
  const modes = ["nearest", "bilinear", "bicubic"];
  const cases = modes.flatMap((mode) =>
    ["zeros", "border", "reflection"].flatMap((padding_mode) =>
      [0, 1].map((align_corners) => ({ mode, padding_mode, align_corners })),
    ),
  );
  test.each(cases)(
    "GridSample $mode, $padding_mode, align_corners $align_corners",
    async (attributes) => {
      const b = new GraphBuilder();
      const inputs = [b.input("x", [2, 3, 5, 7]), b.input("grid", [2, 6, 4, 2])];
      b.output(b.op("GridSample", inputs, attributes), [2, 3, 6, 4]);
      const grid = randomTensor([2, 6, 4, 2], 2, -2.2, 2.2);
      expect(await compare(b.build(), { x: randomTensor([2, 3, 5, 7], 1), grid })).toBeLessThan(
        1e-5,
      );
    },
  );

  test.each([
    [1, 1, 2, [1, 1], [0, 0]],
    [3, 3, 2, [1, 1], [1, 1]],
    [7, 7, 2, [1, 1], [1, 1]],
    [2, 3, 3, [1, 1], [2, 0]],
    [3, 3, 2, [2, 1], [0, 1]],
    [4, 5, 1, [1, 2], [0, 0]],
  ])(
    "ConvTranspose %i×%i, stride %i, dilations %j, output_padding %j",
    async (h, w, stride, dilations, extra) => {
      const b = new GraphBuilder();
      const x = b.input("x", [1, 3, 5, 6]);
      const kernel = b.constant(randomTensor([3, 4, h, w], 3));
      const attributes = {
        strides: [stride, stride],
        dilations,
        pads: [0, 1, 1, 0].map((pad) => Math.min(pad, h - 1)),
        output_padding: extra.map((pad) => Math.min(pad, stride - 1)),
      };
      b.output(b.op("ConvTranspose", [x, kernel, b.constant(randomTensor([4], 5))], attributes), [
        1,
        4,
        "h",
        "w",
      ]);
      expect(await compare(b.build(), { x: randomTensor([1, 3, 5, 6], 1) })).toBeLessThan(1e-5);
    },
  );

  test("composite operators, lowered for the given size", async () => {
    const b = new GraphBuilder(undefined, 20);
    const x = b.input("x", [1, 4, "h", "w"]);
    const scale = b.constant(randomTensor([4], 1));
    const normal = b.op("InstanceNormalization", [x, scale, scale]);
    b.output(b.op("Gelu", [b.op("HardSwish", [normal])]), [1, 4, "h", "w"]);
    for (const [h, w] of [
      [4, 5],
      [3, 2],
    ] as const)
      expect(await compare(b.build(), { x: randomTensor([1, 4, h, w], h) })).toBeLessThan(1e-5);
  });

  test("integer and boolean values, with their types preserved", async () => {
    const b = new GraphBuilder();
    const x = b.input("x", [2, 3]);
    b.output(b.op("ArgMax", [x], { axis: 1 }), [2, 1], "int64");
    b.output(b.op("Greater", [x, b.scalar(0)]), [2, 3], "bool");
    expect(await compare(b.build(), { x: randomTensor([2, 3], 1) })).toBe(0);
  });
});

test("engine tfjs runs every operator that has a gradient", () => {
  const missing = Object.keys(vjpRules).filter((op) => !tfjsOps[op] && !loweredOps.has(op));
  expect(missing).toEqual([]);
});

test("engine tfjs names a missing operator before a run", async () => {
  const b = new GraphBuilder();
  b.output(b.op("Hardmax", [b.input("x", [2, 2])]), [2, 2]);
  await expect(tfjs.load(b.build())).rejects.toMatchObject({
    code: "MODEL_UNSUPPORTED_OP",
    message: expect.stringContaining("Hardmax"),
  });
});

test("engine tfjs keeps only constants on the device, and frees them with the session", async () => {
  const { tf } = await loadTfjs("wasm");
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, 8, 8]);
  const kernel = b.constant(randomTensor([4, 3, 3, 3], 2));
  const y = b.op("Relu", [b.op("Conv", [x, kernel], { pads: [1, 1, 1, 1] })]);
  b.output(b.op("ReduceMean", [b.op("Transpose", [y], { perm: [0, 2, 3, 1] })]), [1, 1, 1, 1]);
  const before = tf.memory().numTensors;
  const session = await tfjs.load(b.build());
  const feeds: Record<string, FloatTensor> = { x: randomTensor([1, 3, 8, 8], 1) };
  await session.run(feeds);
  const once = tf.memory().numTensors;
  await session.run(feeds);
  expect(tf.memory().numTensors).toBe(once);
  await session.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("engine tfjs returns copies of its inputs", async () => {
  const b = new GraphBuilder();
  b.output(b.op("Identity", [b.input("x", [2])], {}, "y"), [2]);
  const session = await tfjs.load(b.build());
  const x = floatTensor([2], [1, 2]);
  const { y } = await session.run({ x });
  (y!.data as Float32Array)[0] = 9;
  expect([...x.data]).toEqual([1, 2]);
  await session.dispose();
});

describe("finding TensorFlow.js", () => {
  const absent = (name: string): Error =>
    new Error(`Cannot find package '${name}' imported from x.js`);

  test("names the packages to install if there is none", async () => {
    await expect(loadTfjs(undefined, (name) => Promise.reject(absent(name)))).rejects.toMatchObject(
      {
        code: "ENGINE_UNAVAILABLE",
        hint: expect.stringMatching(/@tensorflow\/tfjs-core.*@tensorflow\/tfjs-node-gpu/),
      },
    );
  });

  test("falls back to wasm if tfjs-node-gpu is broken, and reports it", async () => {
    const { backend } = await loadTfjs(undefined, (name) => {
      if (name.endsWith("node-gpu"))
        return Promise.reject(new Error("libcudart.so.11.0: cannot open shared object file"));
      return name.endsWith("tfjs-node") ? Promise.reject(absent(name)) : import(name);
    });
    expect(backend).toMatch(/^wasm; @tensorflow\/tfjs-node-gpu does not load: libcudart\.so\.11/);
  });

  test("uses wasm without a notice if only the project's development packages are installed", () => {
    expect(tfjs.backend).toBe("wasm");
  });

  test("prefers tfjs-node-gpu", async () => {
    const started: string[] = [];
    const own = {
      enableProdMode: () => {},
      setBackend: async (name: string) => started.push(name) > 0,
      ready: async () => {},
    };
    const { backend } = await loadTfjs(undefined, async () => own);
    expect([backend, started]).toEqual(["tfjs-node-gpu", ["tensorflow"]]);
  });
});
