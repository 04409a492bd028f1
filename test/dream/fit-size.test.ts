import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { fitToSize } from "../../src/dream/fit-size.ts";
import type { Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { makeSizeDynamic } from "../../src/graph/dynamic-size/make-size-dynamic.ts";
import { type FloatTensor, floatTensor, type Graph } from "../../src/graph/graph.ts";
import type { Network } from "../../src/network.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { randomFrame } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

/** Needs 11 px, the size of a kernel without padding. Its weights compute the mean of its window. */
function demanding(): Graph {
  const b = new GraphBuilder();
  const x = b.input("frame", [1, 3, "h", "w"]);
  const kernel = floatTensor([1, 3, 11, 11], new Array(363).fill(1 / 363));
  b.output(b.op("Conv", [x, b.constant(kernel)], {}, "mean"), []);
  return b.build();
}

describe("a picture smaller than the network takes", () => {
  test("is mirrored outwards up to the required size", async () => {
    for (const [height, width] of [
      [7, 30],
      [3, 3],
      [11, 11],
    ] as const) {
      const { graph, shapes } = fitToSize(demanding(), "frame", height, width, 64);
      const [, , h, w] = shapes.get("mean")!;
      expect(h).toBeGreaterThanOrEqual(1);
      expect(w).toBeGreaterThanOrEqual(Math.max(1, width - 10));
      const session = await engine.load(graph);
      const flat = floatTensor([1, 3, height, width], new Array(3 * height * width).fill(0.25));
      const { mean } = await session.run({ frame: flat });
      // No border of zeros: a flat picture stays flat.
      for (const value of (mean as FloatTensor).data) expect(value).toBeCloseTo(0.25, 5);
      await session.dispose();
    }
  });

  test("with a size for which branches do not match is mirrored to the next multiple, also beyond the native size", () => {
    const b = new GraphBuilder();
    const x = b.input("frame", [1, 3, "h", "w"]);
    const half = { kernel_shape: [2, 2], strides: [2, 2] };
    const small = b.op("MaxPool", [b.op("MaxPool", [x], half)], half);
    const scales = b.constant(floatTensor([4], [1, 1, 4, 4]));
    const large = b.op("Resize", [small, "", scales], { mode: "nearest" });
    b.output(b.op("Concat", [x, large], { axis: 1 }, "joined"), []);
    const { shapes } = fitToSize(b.build(), "frame", 21, 34, 16);
    expect(shapes.get("joined")).toEqual([1, 6, 24, 36]);
  });

  test("is refused by a network exported for one size", () => {
    const b = new GraphBuilder();
    const x = b.input("frame", [1, 3, 8, 8]);
    b.output(b.op("Reshape", [x, b.ints(1, 3, 4, 2, 4, 2)], {}, "windows"), []);
    expect(() => fitToSize(makeSizeDynamic(b.build(), 8), "frame", 7, 5, 8)).toThrow(
      expect.objectContaining({
        code: "SHAPE_MISMATCH",
        message: expect.stringMatching(/"windows".*only for pictures of 8 × 8 px/),
        hint: expect.stringMatching(/dynamic_axes/),
      }),
    );
  });

  test("is refused if even the native size is too small", () => {
    expect(() => fitToSize(demanding(), "frame", 4, 4, 9)).toThrow(
      expect.objectContaining({ code: "SHAPE_MISMATCH" }),
    );
  });

  test("has a gradient that matches finite differences", async () => {
    const network: Network = {
      name: "demanding",
      graph: demanding(),
      input: "frame",
      layers: [{ name: "mean", op: "Conv", channels: 1, stride: 1 }],
      aliases: new Map(),
      nativeSize: 32,
      labels: [],
    };
    const dreamer = new Dreamer(network, engine);
    const frame = randomFrame(2, 6, 5);
    const objective = { layers: { mean: 1 } };
    const { gradient } = await dreamer.gradient(frame, objective);
    const at = async (i: number, step: number): Promise<number> => {
      const moved: Frame = { ...frame, data: frame.data.with(i, frame.data[i]! + step) };
      return (await dreamer.gradient(moved, objective)).loss;
    };
    const size = Math.max(...gradient.map(Math.abs));
    for (const i of [0, 7, 29, 30, 55, 89]) {
      const slope = ((await at(i, 0.05)) - (await at(i, -0.05))) / 0.1;
      expect(Math.abs(slope - gradient[i]!)).toBeLessThan(0.01 * size);
    }
  });
});
