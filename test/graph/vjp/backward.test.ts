import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { backward } from "../../../src/graph/vjp/backward.ts";
import {
  checkDirections,
  checkEveryElement,
  gradientAt,
  gradientOf,
  graphOf,
  randomTensor,
} from "./finite-differences.ts";

/** Weights scaled so that values keep their magnitude from layer to layer. */
function conv(
  b: GraphBuilder,
  x: string,
  [outs, ins, size]: readonly [number, number, number],
  attributes: Readonly<Record<string, readonly number[]>> = {},
): string {
  const seed = outs * 7 + ins * 3 + size;
  const reach = Math.sqrt(6 / (ins * size * size));
  const kernel = b.constant(randomTensor([outs, ins, size, size], seed, -reach, reach));
  const bias = b.constant(randomTensor([outs], seed, -0.1, 0.3));
  return b.op("Relu", [b.op("Conv", [x, kernel, bias], attributes)]);
}

/** An inception block: 1×1, 3×3, 5×5 and pooled branches, joined. */
function inception(b: GraphBuilder, x: string, channels: number): string {
  const same = (size: number): { pads: number[] } => ({ pads: Array(4).fill((size - 1) / 2) });
  const pooled = b.op("MaxPool", [x], { kernel_shape: [3, 3], strides: [1, 1], ...same(3) });
  return b.op(
    "Concat",
    [
      conv(b, x, [4, channels, 1]),
      conv(b, conv(b, x, [3, channels, 1]), [6, 3, 3], same(3)),
      conv(b, conv(b, x, [2, channels, 1]), [3, 2, 5], same(5)),
      conv(b, pooled, [3, channels, 1]),
    ],
    { axis: 1 },
    "mixed",
  );
}

/** A small GoogLeNet for `[1, 3, 33, 30]`. */
function smallGoogLeNet(layers: readonly string[]): Graph {
  return graphOf([1, 3, 33, 30], (b, x) => {
    const values: Record<string, string> = {};
    const pool = { kernel_shape: [3, 3], strides: [2, 2] };
    values.stem = conv(b, x, [6, 3, 7], { strides: [2, 2], pads: [3, 3, 3, 3] });
    const pooled = b.op("MaxPool", [values.stem], { ...pool, ceil_mode: 1 });
    values.lrn = b.op("LRN", [pooled], { size: 5, alpha: 0.5, beta: 0.75, bias: 1 });
    values.first = inception(b, values.lrn, 6);
    const smaller = b.op("MaxPool", [values.first], { ...pool, pads: [1, 1, 1, 1] });
    values.second = inception(b, smaller, 16);
    values.average = b.op("AveragePool", [values.second], { ...pool, strides: [1, 1] });
    const flat = b.op("Flatten", [b.op("GlobalAveragePool", [values.average])]);
    const weights = b.constant(randomTensor([5, 16], 99));
    values.logits = b.op("Gemm", [flat, weights, b.constant(randomTensor([5], 98))], { transB: 1 });
    values.classes = b.op("Softmax", [values.logits], { axis: 1 });
    return layers.map((layer) => values[layer]!);
  });
}

describe("the gradient of a small GoogLeNet matches finite differences", () => {
  const picture = randomTensor([1, 3, 33, 30], 1);

  it.each([["stem"], ["lrn"], ["first"], ["second"], ["average"], ["logits"], ["classes"]])(
    "at %s",
    async (layer) => {
      await checkDirections(smallGoogLeNet([layer]), picture);
    },
  );

  it("at several layers, one after the other", async () => {
    const layers = ["stem", "first", "second", "logits"];
    await checkDirections(smallGoogLeNet(layers), picture);
  });
});

describe("cotangents", () => {
  it("add up for a value that is both a target and an input of later nodes", async () => {
    const graph = graphOf([2, 6], (b, x) => {
      const tanh = b.op("Tanh", [x]);
      return [tanh, b.op("Mul", [tanh, b.op("Sigmoid", [tanh])])];
    });
    await checkEveryElement(graph);
  });

  it("reach the picture unchanged if the target is the picture", async () => {
    const graph = graphOf([3], (b, x) => b.op("Mul", [x, x]));
    const cotangents = new Map([
      ["x", floatTensor([3], [10, 20, 30])],
      [graph.outputs[0]!.name, floatTensor([3], [1, 1, 1])],
    ]);
    const gradient = await gradientAt(graph, floatTensor([3], [1, 2, 3]), cotangents);
    expect([...gradient.data]).toEqual([12, 24, 36]);
  });

  it("scale the gradient", async () => {
    const graph = graphOf([4], (b, x) => b.op("Tanh", [x]));
    const x = randomTensor([4], 1);
    const seeds = (value: number): Map<string, ReturnType<typeof floatTensor>> =>
      new Map([[graph.outputs[0]!.name, floatTensor([4], Array(4).fill(value))]]);
    const one = await gradientAt(graph, x, seeds(1));
    const four = await gradientAt(graph, x, seeds(4));
    expect([...four.data]).toEqual([...one.data].map((v) => 4 * v));
  });
});

describe("nodes outside the path from the picture to a target", () => {
  it("are not differentiated, whatever their op", () => {
    const graph = graphOf([2, 3], (b, x) => {
      const constant = b.op("Floor", [b.constant(randomTensor([2, 3], 1))]);
      b.op("Floor", [x], {}, "aside");
      return b.op("Mul", [x, constant]);
    });
    const seeds = new Map([[graph.outputs[0]!.name, randomTensor([2, 3], 2)]]);
    const ops = gradientOf(graph, seeds).nodes.map((node) => node.op);
    // Mul and Floor, and Mul for the cotangent and Identity for its name; nodes off the path are removed.
    expect(ops.sort()).toEqual(["Floor", "Identity", "Mul", "Mul"]);
  });

  it("include all nodes after the target", () => {
    const graph = graphOf([2, 3], (b, x) => b.op("Erf", [b.op("Tanh", [x], {}, "layer")]));
    const seeds = new Map([["layer", randomTensor([2, 3], 2)]]);
    expect(() => gradientOf(graph, seeds)).not.toThrow();
  });
});

describe("the error for a gradient that cannot be computed", () => {
  it("names the op, the node and the layers that can be used", () => {
    const graph = graphOf([1, 4], (b, x) => {
      const early = b.op("Tanh", [b.op("Relu", [x], {}, "block1")], {}, "block2");
      return b.op("Relu", [b.op("Floor", [early], {}, "curve")], {}, "late");
    });
    const seeds = new Map([["late", floatTensor([1, 4])]]);
    let caught: unknown;
    try {
      gradientOf(graph, seeds);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      code: "MODEL_UNSUPPORTED_OP",
      message: 'op Floor (node "curve") has no gradient rule',
      hint: "Layers before it are supported, the last of them: block1, block2.",
    });
  });

  it("is thrown for a cotangent at a second output, which would be lost silently", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 4]);
    const [, second] = b.ops("MaxPool", [x], 2, { kernel_shape: [1] });
    const graph = b.build();
    const seeds = new Map([[second!, b.constant(floatTensor([1, 2]))]]);
    const shapes = new Map([
      ["x", [1, 4]],
      [second!, [1, 2]],
    ]);
    expect(() => backward(b, graph, shapes, seeds, "x")).toThrow(
      expect.objectContaining({ code: "MODEL_UNSUPPORTED_OP" }),
    );
  });

  it("is thrown for a target that does not depend on the picture", () => {
    const b = new GraphBuilder();
    b.input("x", [2]);
    const constant = b.op("Tanh", [b.constant(floatTensor([2]))], {}, "fixed");
    const graph = b.build();
    const seeds = new Map([[constant, b.constant(floatTensor([2]))]]);
    expect(() => backward(b, graph, inferShapes(graph, {}), seeds, "x")).toThrow(
      expect.objectContaining({
        code: "MODEL_INVALID",
        message: "fixed does not depend on the picture",
      }),
    );
  });
});
