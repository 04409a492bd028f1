/** The gradients of whole networks, compared with TensorFlow.js's own gradient of the objective. */
import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { ObjectiveOptions } from "../../src/dream/find-targets.ts";
import type { Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { cutAt } from "../../src/graph/cut.ts";
import { type FloatTensor, floatTensor } from "../../src/graph/graph.ts";
import { specialise } from "../../src/graph/passes/specialise.ts";
import { openNetwork } from "../../src/models/open.ts";
import type { Network } from "../../src/network.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";
import { tfjsGradient } from "../helpers/tfjs-gradient.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

type Objective = (b: GraphBuilder, values: readonly string[]) => string;

/** The gradient of a scalar computed from the network's `values`, by TensorFlow.js alone. */
async function theirGradient(
  network: Network,
  { data, height, width }: Frame,
  values: readonly string[],
  objective: Objective,
): Promise<FloatTensor> {
  const dims = [1, 3, height, width];
  const { graph } = specialise(cutAt(network.graph, values), { [network.input]: dims });
  const b = new GraphBuilder({ ...graph, outputs: [] });
  b.output(b.op("Identity", [objective(b, values)], {}, "total"), []);
  const feeds = { [network.input]: floatTensor(dims, data) };
  const seed = new Map([["total", floatTensor([], [1])]]);
  return tfjsGradient(b.build(), feeds, network.input, seed);
}

async function expectSame(
  network: Network,
  frame: Frame,
  options: ObjectiveOptions,
  values: readonly string[],
  objective: Objective,
): Promise<void> {
  const { gradient } = await new Dreamer(network, engine).gradient(frame, options);
  const theirs = await theirGradient(network, frame, values, objective);
  const off = Math.hypot(...gradient.map((v, i) => v - theirs.data[i]!));
  expect(Math.hypot(...theirs.data)).toBeGreaterThan(1e-6);
  expect(off / Math.hypot(...theirs.data)).toBeLessThan(2e-5);
}

const halfMeanSquare = (b: GraphBuilder, value: string): string =>
  b.op("Mul", [b.op("ReduceMean", [b.op("Mul", [value, value])], { keepdims: 0 }), b.scalar(0.5)]);

const entry = (index: number): Objective => {
  return (b, [logits]) => {
    const one = b.op("Slice", [logits!, b.ints(index), b.ints(index + 1), b.ints(1)]);
    return b.op("ReduceSum", [one], { keepdims: 0 });
  };
};

describe("the gradient of a whole network equals TensorFlow.js's", async () => {
  const pocket = await openNetwork({ name: "pocket" });

  test.each(["strokes", "motifs2", "creatures1"])("pocket at %s", async (layer) => {
    await expectSame(
      pocket,
      randomFrame(2, 40, 48),
      { layers: { [layer]: 1 } },
      [layer],
      (b, [value]) => halfMeanSquare(b, value!),
    );
  });

  test("pocket at a class", async () => {
    const goldfish = pocket.labels.findIndex((label) => /goldfish/.test(label));
    await expectSame(
      pocket,
      randomFrame(3, 64, 56),
      { classes: { goldfish: 1 } },
      [pocket.logits!],
      entry(goldfish),
    );
  });

  const at = [0.4, 0.6] as const;
  const values = Float32Array.from({ length: 8 }, (_, c) => Math.sin(3 * c));
  const total = (b: GraphBuilder, value: string): string =>
    b.op("ReduceSum", [value], { keepdims: 0 });
  const frame = randomFrame(5, 20, 26);

  test("a mean", async () => {
    const options = { layers: { high: 1 }, objectives: { high: { type: "mean" } } } as const;
    await expectSame(tinyNetwork(4), frame, options, ["high"], (b, [high]) =>
      b.op("ReduceMean", [high!], { keepdims: 0 }),
    );
  });

  test("a neuron", async () => {
    const options = {
      layers: { "high:5": 1 },
      objectives: { "high:5": { type: "neuron", at } },
    } as const;
    await expectSame(tinyNetwork(4), frame, options, ["high"], (b, [high]) =>
      total(b, b.op("Slice", [high!, b.ints(5, 6, 5), b.ints(6, 7, 6), b.ints(1, 2, 3)])),
    );
  });

  test("a direction", async () => {
    const options = {
      layers: { high: 1 },
      objectives: { high: { type: "direction", values } },
    } as const;
    await expectSame(tinyNetwork(4), frame, options, ["high"], (b, [high]) => {
      const vector = b.constant(floatTensor([1, 8, 1, 1], [...values]));
      return b.op("Mul", [total(b, b.op("Mul", [high!, vector])), b.scalar(1 / 130)]);
    });
  });

  test("a caricature: the mean over places of d·max(0.1, cos)", async () => {
    const network = tinyNetwork(4);
    const source = randomFrame(9, 20, 26);
    const dims = [1, 3, 20, 26];
    const session = await engine.load(cutAt(network.graph, ["high"]));
    const features = await session.run({ frame: floatTensor(dims, source.data) });
    await session.dispose();
    const options = {
      layers: { high: 1 },
      objectives: { high: { type: "caricature" } },
      source,
    } as const;
    await expectSame(network, frame, options, ["high"], (b, [high]) => {
      const theirs = b.constant(features.high as FloatTensor);
      const over = (x: string, y: string): string =>
        b.op("ReduceSum", [b.op("Mul", [x, y]), b.ints(1)]);
      const longer = (x: string): string =>
        b.op("Add", [b.op("Sqrt", [over(x, x)]), b.scalar(1e-4)]);
      const dot = over(high!, theirs);
      const cosine = b.op("Div", [b.op("Div", [dot, longer(high!)]), longer(theirs)]);
      const product = b.op("Mul", [dot, b.op("Max", [cosine, b.scalar(0.1)])]);
      return b.op("Mul", [total(b, product), b.scalar(1 / 130)]);
    });
  });

  test("several targets: Σ weight·ln(½·mean a²), and the unmodified logit", async () => {
    const options = { layers: { low: 0.3, high: 2 }, classes: { pier: 0.5 } };
    await expectSame(
      tinyNetwork(4),
      randomFrame(5, 20, 26),
      options,
      ["low", "high", "logits"],
      (b, values) => {
        const term = (value: string, weight: number): string =>
          b.op("Mul", [b.op("Log", [halfMeanSquare(b, value)]), b.scalar(weight)]);
        const logit = b.op("Mul", [entry(3)(b, [values[2]!]), b.scalar(0.5)]);
        return b.op("Sum", [term(values[0]!, 0.3), term(values[1]!, 2), logit]);
      },
    );
  });
});
