import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { floatTensor, Graph } from "../../../src/graph/graph.ts";
import { band } from "../../../src/graph/lrn.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { fastLrn } from "../../../src/graph/passes/fast-lrn.ts";
import { gradientOf, graphOf, randomCotangents, randomTensor } from "../vjp/finite-differences.ts";

const alexnet = { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 };

function normalised(channels: number, attributes: Record<string, number>): Graph {
  return graphOf([1, channels, 3, 7], (b, x) => b.op("LRN", [x], attributes));
}

/** Run `graph` by onnxruntime as it is, without the rewrites of the engine. */
async function runPlain(
  graph: Graph,
  x: ReturnType<typeof floatTensor>,
): Promise<{ values: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 4 });
  const results = await session.run({ x: new ort.Tensor("float32", x.data, x.dims) });
  const { data, dims } = results[graph.outputs[0]!.name]!;
  await session.release();
  return { values: data as Float32Array, dims };
}

/** The definition, in double precision. */
function definition(
  { dims, data }: ReturnType<typeof floatTensor>,
  { size, alpha, beta, bias }: typeof alexnet,
): Float64Array {
  const [, channels, height, width] = dims as [number, number, number, number];
  const area = height * width;
  return Float64Array.from(data, (value, i) => {
    const [c, place] = [Math.floor(i / area), i % area];
    let sum = 0;
    const below = Math.floor((size - 1) / 2);
    for (let k = c - below; k <= c - below + size - 1; k++)
      if (k >= 0 && k < channels) sum += data[k * area + place]! ** 2;
    return value / (bias + (alpha / size) * sum) ** beta;
  });
}

function relativeError(given: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [difference, energy] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference += (given[i]! - wanted[i]!) ** 2;
    energy += wanted[i]! ** 2;
  }
  return Math.sqrt(difference / energy);
}

const opsOf = ({ nodes }: Graph): readonly string[] => nodes.map(({ op }) => op);

describe("LRN by sums and square roots", () => {
  it.each([
    ["64 channels, as in GoogLeNet", 64, alexnet],
    ["many channels", 192, alexnet],
    ["an even window", 96, { ...alexnet, size: 4, alpha: 0.01 }],
    ["a window wider than a tile", 64, { ...alexnet, size: 33, alpha: 0.01 }],
    ["a window of one channel", 64, { ...alexnet, size: 1, alpha: 0.01 }],
    ["channels that fill no tile", 24, { ...alexnet, bias: 2 }],
    ["another power", 64, { size: 3, alpha: 0.01, beta: 0.6, bias: 0.5 }],
  ] as const)(
    "is the definition and the runtime's own LRN: %s",
    async (_, channels, attributes) => {
      const graph = normalised(channels, attributes);
      const x = randomTensor([1, channels, 3, 7], 1, -200, 200);
      const fast = fastLrn(graph);
      expect(opsOf(fast)).not.toContain("LRN");
      const { values, dims } = await runPlain(fast, x);
      expect(dims).toEqual(x.dims);
      expect(relativeError(values, definition(x, attributes))).toBeLessThan(3e-7);
      // The runtime takes odd windows only, and moves its sums from channel to channel, which costs digits.
      if (attributes.size % 2 === 0) return;
      expect(relativeError(values, (await runPlain(graph, x)).values)).toBeLessThan(2e-5);
    },
  );

  it("gives the gradient that the sums over all channels give", async () => {
    const graph = normalised(64, { ...alexnet, alpha: 0.01 });
    const gradient = gradientOf(graph, randomCotangents(graph, 1));
    const x = randomTensor([1, 64, 3, 7], 2, -20, 20);
    const [fast, plain] = [await runPlain(fastLrn(gradient), x), await runPlain(gradient, x)];
    expect(relativeError(fast.values, plain.values)).toBeLessThan(1e-6);
  });

  it("sums the windows of a value and its gradient with the same constants", () => {
    const graph = normalised(64, alexnet);
    const gradient = gradientOf(graph, randomCotangents(graph, 1));
    const both: Graph = { ...gradient, outputs: [...graph.outputs, ...gradient.outputs] };
    const sums = fastLrn(both).nodes.filter(({ op }) => op === "Conv");
    // Forward and backward of S, and the sum over the windows that hold a channel.
    expect(sums.length).toBe(3);
    expect(new Set(sums.map(({ inputs }) => inputs[1])).size).toBe(2);
  });

  it("leaves other convolutions over all channels as they are", () => {
    const window = band(64, 2, 2, 0.5);
    window.data[5 * 64 + 40] = 1e-3;
    const graph = graphOf([1, 64, 3, 7], (b, x) =>
      b.op("Conv", [x, b.constant(window)], { kernel_shape: [1, 1] }),
    );
    expect(fastLrn(graph)).toBe(graph);
  });
});
