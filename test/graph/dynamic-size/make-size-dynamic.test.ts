import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { cutAt } from "../../../src/graph/cut.ts";
import { makeSizeDynamic } from "../../../src/graph/dynamic-size/make-size-dynamic.ts";
import { type FloatTensor, type Graph, intTensor } from "../../../src/graph/graph.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { randomTensor, withSession } from "../vjp/finite-differences.ts";

/** A classifier as exported at 8×8 px; its second half depends on that size. */
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
  const free = makeSizeDynamic(graph, 8);

  it("gives the same output at the native size", async () => {
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

it("fully connected layers are applied to every window of the native size, and the scores are averaged", async () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, 4, 4]);
  b.output(b.op("Gemm", [b.op("Flatten", [x]), weights(b, [48, 5], 2)], {}, "y"), [1, 5]);
  const graph = b.build();
  const wide = randomTensor([1, 3, 4, 6], 3);
  const scores = await run(makeSizeDynamic(graph, 4), wide);
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

it("makes the size dynamic for an input with channels last", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 8, 8, 3]);
  const first = b.op("Transpose", [x], { perm: [0, 3, 1, 2] });
  b.output(b.op("Relu", [first], {}, "y"), [1, 3, 8, 8]);
  const free = makeSizeDynamic(b.build(), 8);
  expect(inferShapes(free, { x: [1, 9, 5, 3] }).get("y")).toEqual([1, 3, 9, 5]);
});

/** Compare the output of `make` exported at 8×8 px and made dynamic with that of `make` exported at the tested size. */
async function againstOwnExport(
  make: (b: GraphBuilder, x: string, height: number, width: number) => string,
  height: number,
  width: number,
): Promise<[Float32Array, Float32Array]> {
  const exportAt = (h: number, w: number): Graph => {
    const b = new GraphBuilder();
    b.output(make(b, b.input("x", [1, 4, h, w]), h, w), []);
    return b.build();
  };
  const x = randomTensor([1, 4, height, width], 9);
  return [await run(makeSizeDynamic(exportAt(8, 8), 8), x), await run(exportAt(height, width), x)];
}

const shuffles: Readonly<
  Record<string, (b: GraphBuilder, x: string, h: number, w: number) => string>
> = {
  "five axes, with a free batch": (b, x, h, w) => {
    const groups = b.op("Reshape", [x, b.ints(-1, 2, 2, h, w)]);
    const swapped = b.op("Transpose", [groups], { perm: [0, 2, 1, 3, 4] });
    return b.op("Reshape", [swapped, b.ints(-1, 4, h, w)], {}, "y");
  },
  "places as one axis, apart again afterwards": (b, x, h, w) => {
    const groups = b.op("Reshape", [x, b.ints(2, 2, h * w)]);
    const swapped = b.op("Transpose", [groups], { perm: [1, 0, 2] });
    return b.op("Reshape", [swapped, b.ints(2, -1, 2, h, w)], {}, "y");
  },
  "channels last": (b, x, h, w) => {
    const last = b.op("Transpose", [x], { perm: [0, 2, 3, 1] });
    const groups = b.op("Reshape", [last, b.ints(1, h, w, 2, 2)]);
    const swapped = b.op("Transpose", [groups], { perm: [0, 1, 2, 4, 3] });
    return b.op("Reshape", [swapped, b.ints(h * w, -1)], {}, "y");
  },
  "a target put together from the batch and constants": (b, x, h, w) => {
    const batch = b.op("Slice", [b.op("Shape", [x]), b.ints(0), b.ints(1)]);
    const target = b.op("Concat", [batch, b.ints(2, 2, h, w)], { axis: 0 });
    const swapped = b.op("Transpose", [b.op("Reshape", [x, target])], { perm: [0, 2, 1, 3, 4] });
    return b.op("Reshape", [swapped, b.ints(1, 4, h * w)], {}, "y");
  },
};

describe.each(Object.keys(shuffles))("a channel shuffle of %s", (name) => {
  it.each([
    [7, 9],
    [1, 3],
    [4, 16],
    [16, 8],
  ])(
    "exported at one size gives the same output at %i × %i px as when exported at that size",
    async (h, w) => {
      const [freed, own] = await againstOwnExport(shuffles[name]!, h, w);
      expect([...freed]).toEqual([...own]);
    },
  );
});

it("a pool that PyTorch wrote without ceil_mode keeps rounding up", async () => {
  // get_pool_ceil_padding: kernel − (size − last window's start), at most kernel − 1.
  const pool = (b: GraphBuilder, x: string, h: number, w: number): string => {
    const extra = (size: number): number => (size % 2 ? 1 : 2);
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, extra(h), extra(w)] };
    return b.op("MaxPool", [x], attributes, "y");
  };
  for (const [h, w] of [
    [9, 9],
    [11, 8],
    [3, 30],
  ] as const) {
    const [freed, own] = await againstOwnExport(pool, h, w);
    expect([...freed]).toEqual([...own]);
  }
});

it("a pool over a small map stays a pool if later layers are windowed too", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 4, 8, 8]);
  const half = (from: string): string =>
    b.op("Conv", [from, weights(b, [4, 4, 3, 3], 1)], { strides: [2, 2], pads: [1, 1, 1, 1] });
  const map = half(half(x));
  const pooled = b.op("AveragePool", [map], { kernel_shape: [2, 2], strides: [2, 2] });
  const skip = b.op("Conv", [pooled, weights(b, [4, 4, 1, 1], 2)]);
  b.output(b.op("Add", [half(map), skip], {}, "y"), []);
  const free = makeSizeDynamic(b.build(), 8);
  expect(inferShapes(free, { x: [1, 4, 32, 16] }).get("y")).toEqual([1, 4, 4, 2]);
  expect(free.nodes.map(({ op }) => op)).not.toContain("GlobalAveragePool");
});

const bound: Readonly<Record<string, (b: GraphBuilder, x: string) => string>> = {
  "windows of a map": (b, x) => b.op("Reshape", [x, b.ints(-1, 4, 2, 4, 2, 4)], {}, "y"),
  "a learned place for every pixel": (b, x) =>
    b.op("Add", [b.op("Reshape", [x, b.ints(1, 4, -1)]), weights(b, [1, 4, 64], 1)], {}, "y"),
  "a map resized to so many pixels": (b, x) =>
    b.op("Resize", [x, "", "", b.ints(1, 4, 16, 16)], { mode: "nearest" }, "y"),
  "a part of a map by its length": (b, x) =>
    b.op("Slice", [x, b.ints(0), b.ints(7), b.ints(2)], {}, "y"),
  "rows by their numbers": (b, x) => b.op("Gather", [x, b.ints(7, 3, 0, 5)], { axis: 2 }, "y"),
};

it.each(Object.keys(bound))(
  "%s is accepted at the exported size and refused at other sizes",
  (name) => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 4, 8, 8]);
    b.output(bound[name]!(b, b.op("Relu", [x], {}, "before")), []);
    const free = makeSizeDynamic(b.build(), 8);
    expect(inferShapes(free, { x: [1, 4, 8, 8] }).has("y")).toBe(true);
    // The same number of pixels, twice as many, and fewer, including sizes for which the element counts match by chance.
    for (const [h, w] of [
      [4, 16],
      [16, 8],
      [7, 5],
    ] as const)
      expect(() => inferShapes(free, { x: [1, 4, h, w] })).toThrow(
        expect.objectContaining({
          code: "SHAPE_MISMATCH",
          reason: "fixed",
          message: expect.stringMatching(/"y": it was exported only for pictures of 8 × 8 px/),
        }),
      );
    expect(inferShapes(cutAt(free, ["before"]), { x: [1, 4, 7, 5] }).has("before")).toBe(true);
  },
);

it("leaves a file that accepts every size unchanged", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, "h", "w"]);
  const pooled = b.op("AveragePool", [x], { kernel_shape: [8, 8] });
  b.output(b.op("Conv", [pooled, weights(b, [5, 3, 1, 1], 1)], {}, "y"), []);
  expect(inferShapes(makeSizeDynamic(b.build(), 8), { x: [1, 3, 20, 9] }).get("y")).toEqual([
    1, 5, 13, 2,
  ]);
});

it("leaves a reshape unchanged that has four dimensions by chance", () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 4, 8, 8]);
  const y = b.op("Reshape", [x, b.constant(intTensor([1, 16, 4, 4]))], {}, "y");
  b.output(y, []);
  const nodes = makeSizeDynamic(b.build(), 8).nodes;
  expect(nodes.map((node) => node.op)).toEqual(["Reshape"]);
});
