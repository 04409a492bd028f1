import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { cutAt } from "../../src/graph/cut.ts";
import { freeSize } from "../../src/graph/free-size.ts";
import { type FloatTensor, type Graph, intTensor } from "../../src/graph/graph.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { randomTensor, withSession } from "./vjp/finite-differences.ts";

/** A classifier as exported at 8×8 px: its second half believes in that size. */
function exported(head: (b: GraphBuilder, map: string) => string): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, 8, 8]);
  const kernel = b.constant(randomTensor([4, 3, 3, 3], 1));
  const map = b.op("Relu", [b.op("Conv", [x, kernel], { strides: [2, 2], pads: [1, 1, 1, 1] })]);
  b.output(head(b, map), [1, 5]);
  return b.build();
}

const weights = (b: GraphBuilder, dims: readonly number[], seed: number): string =>
  b.constant(randomTensor(dims, seed));

const heads: Readonly<Record<string, (b: GraphBuilder, map: string) => string>> = {
  "average of the whole map, then Reshape and Gemm": (b, map) => {
    const mean = b.op("AveragePool", [map], { kernel_shape: [4, 4] });
    const vector = b.op("Reshape", [mean, b.ints(1, 4)]);
    return b.op("Gemm", [vector, weights(b, [5, 4], 2), weights(b, [5], 3)], { transB: 1 }, "y");
  },
  "Flatten and three layers of Gemm, as VGG": (b, map) => {
    const first = b.op(
      "Gemm",
      [b.op("Flatten", [map]), weights(b, [6, 64], 2), weights(b, [6], 3)],
      {
        transB: 1,
      },
    );
    const second = b.op("Gemm", [b.op("Relu", [first]), weights(b, [6, 7], 4)]);
    const third = b.op("MatMul", [b.op("Relu", [second]), weights(b, [7, 5], 5)]);
    return b.op("Add", [third, weights(b, [5], 6)], {}, "y");
  },
  "channel shuffle with the size written out": (b, map) => {
    const groups = b.op("Reshape", [map, b.ints(1, 2, 2, 4, 4)]);
    const swapped = b.op("Transpose", [groups], { perm: [0, 2, 1, 3, 4] });
    const joined = b.op("Reshape", [swapped, b.ints(1, 4, 4, 4)]);
    const conv = b.op("Conv", [joined, weights(b, [5, 4, 1, 1], 2)]);
    return b.op("Flatten", [b.op("GlobalAveragePool", [conv])], {}, "y");
  },
};

async function run(graph: Graph, x: FloatTensor): Promise<Float32Array> {
  return withSession(cutAt(graph, ["y"]), async (session) => {
    const results = await session.run({ x });
    return (results.y as FloatTensor).data;
  });
}

describe.each(Object.keys(heads))("%s", (name) => {
  const graph = exported(heads[name]!);
  const free = freeSize(graph, 8);

  it("computes the same as before at the native size", async () => {
    const x = randomTensor([1, 3, 8, 8], 9);
    const [before, after] = [await run(graph, x), await run(free, x)];
    after.forEach((value, i) => {
      expect(value).toBeCloseTo(before[i]!, 5);
    });
  });

  it("takes larger pictures, of any aspect", async () => {
    expect(inferShapes(free, { x: [1, 3, 20, 13] }).get("y")).toEqual([1, 5]);
    const scores = await run(free, randomTensor([1, 3, 20, 13], 9));
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(() => inferShapes(graph, { x: [1, 3, 20, 13] })).toThrow();
  });
});

it("fully connected layers see every window of the native size: their mean is the score", async () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, 4, 4]);
  b.output(b.op("Gemm", [b.op("Flatten", [x]), weights(b, [48, 5], 2)], {}, "y"), [1, 5]);
  const graph = b.build();
  const wide = randomTensor([1, 3, 4, 6], 3);
  const scores = await run(freeSize(graph, 4), wide);
  const windows = await Promise.all(
    [0, 1, 2].map((left) => {
      const data = Float32Array.from({ length: 48 }, (_, i) => {
        const [c, y, column] = [Math.floor(i / 16), Math.floor((i % 16) / 4), i % 4];
        return wide.data[c * 24 + y * 6 + column + left]!;
      });
      return run(graph, { type: "float32", dims: [1, 3, 4, 4], data });
    }),
  );
  scores.forEach((value, i) => {
    expect(value).toBeCloseTo(windows.reduce((sum, w) => sum + w[i]!, 0) / 3, 4);
  });
});

it("frees an input with its channels last", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 8, 8, 3]);
  const first = b.op("Transpose", [x], { perm: [0, 3, 1, 2] });
  b.output(b.op("Relu", [first], {}, "y"), [1, 3, 8, 8]);
  const free = freeSize(b.build(), 8);
  expect(inferShapes(free, { x: [1, 9, 5, 3] }).get("y")).toEqual([1, 3, 9, 5]);
});

it("leaves a reshape alone that only happens to be four-dimensional", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 4, 8, 8]);
  const y = b.op("Reshape", [x, b.constant(intTensor([1, 16, 4, 4]))], {}, "y");
  b.output(y, []);
  const nodes = freeSize(b.build(), 8).nodes;
  expect(nodes.map((node) => node.op)).toEqual(["Reshape"]);
});
