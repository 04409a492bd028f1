/** Blocks of real networks as exporters write them, with seeded weights, from the graph to the gradient. */
import { describe, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor, type Graph, intTensor } from "../../src/graph/graph.ts";
import { simplify } from "../../src/graph/onnx/simplify.ts";
import { inferShapes } from "../../src/graph/shapes/infer-shapes.ts";
import { checkDirections, randomTensor, spread } from "./vjp/finite-differences.ts";

/** A builder with a source of weights, in the exporter's operator set. */
class Block extends GraphBuilder {
  #seed: number;

  constructor(opset: number, seed: number) {
    super(undefined, opset);
    this.#seed = seed * 1000;
  }

  weights(...dims: readonly number[]): string {
    const fan = dims.slice(1).reduce((a, b) => a * b, 1);
    const scale = Math.sqrt(3 / Math.max(1, fan));
    return this.constant(randomTensor(dims, ++this.#seed, -scale, scale));
  }

  positive(...dims: readonly number[]): string {
    return this.constant(randomTensor(dims, ++this.#seed, 0.5, 1.5));
  }

  conv(x: string, from: number, to: number, size: number, group = 1, stride = 1): string {
    const pad = Math.floor(size / 2);
    return this.op("Conv", [x, this.weights(to, from / group, size, size), this.weights(to)], {
      group,
      kernel_shape: [size, size],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    });
  }

  norm(x: string, channels: number): string {
    const [scale, variance] = [this.positive(channels), this.positive(channels)];
    const [bias, mean] = [this.weights(channels), this.weights(channels)];
    return this.op("BatchNormalization", [x, scale, bias, mean, variance], { epsilon: 1e-5 });
  }

  /** One dimension of the shape of `x` as a vector, as PyTorch exports it. */
  size(x: string, axis: number): string {
    const one = this.op("Gather", [this.op("Shape", [x]), this.constant(intTensor([axis], []))]);
    if (this.opset >= 13) return this.op("Unsqueeze", [one, this.constant(intTensor([0]))]);
    return this.op("Unsqueeze", [one], { axes: [0] });
  }
}

type Build = (b: Block, x: string) => string;

const blocks: Readonly<Record<string, readonly [number, Build]>> = {
  "ResNet v1: norms folded, a shortcut with stride (opset 7)": [
    7,
    (b, x) => {
      const a = b.op("Relu", [b.norm(b.conv(x, 4, 6, 3, 1, 2), 6)]);
      const short = b.norm(b.conv(x, 4, 6, 1, 1, 2), 6);
      return b.op("Relu", [b.op("Add", [b.norm(b.conv(a, 6, 6, 3), 6), short])]);
    },
  ],
  "ResNet v2 and DenseNet: norm before the convolution, growing by Concat (opset 8)": [
    8,
    (b, x) => {
      let all = x;
      for (const channels of [4, 7]) {
        const grown = b.conv(b.op("Relu", [b.norm(all, channels)]), channels, 3, 3);
        all = b.op("Concat", [all, b.op("Dropout", [grown], { ratio: 0.2 })], { axis: 1 });
      }
      return all;
    },
  ],
  "GoogLeNet: LRN, a pool that rounds up, four branches (opset 12)": [
    12,
    (b, x) => {
      const normal = b.op("LRN", [x], { size: 5, alpha: 1e-2, beta: 0.75, bias: 1 });
      const pooled = b.op("MaxPool", [normal], {
        kernel_shape: [3, 3],
        strides: [2, 2],
        ceil_mode: 1,
      });
      const beside = b.op("MaxPool", [pooled], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      const branches = [
        b.conv(pooled, 4, 2, 1),
        b.conv(b.op("Relu", [b.conv(pooled, 4, 3, 1)]), 3, 2, 3),
        b.conv(pooled, 4, 2, 5),
        b.conv(beside, 4, 2, 1),
      ].map((branch) => b.op("Relu", [branch]));
      return b.op("Concat", branches, { axis: 1 });
    },
  ],
  "Inception v3: averages without the border, 1×7 and 7×1 (opset 11)": [
    11,
    (b, x) => {
      const mean = b.op("AveragePool", [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      const wide = b.op("Conv", [mean, b.weights(3, 4, 1, 7)], {
        kernel_shape: [1, 7],
        pads: [0, 3, 0, 3],
      });
      return b.op("Conv", [b.op("Relu", [wide]), b.weights(2, 3, 7, 1)], {
        kernel_shape: [7, 1],
        pads: [3, 0, 3, 0],
      });
    },
  ],
  "MobileNet v2: depthwise, Clip with bounds as attributes (opset 10)": [
    10,
    (b, x) => {
      const wide = b.op("Clip", [b.conv(x, 4, 8, 1)], { min: 0, max: 6 });
      const deep = b.op("Clip", [b.conv(wide, 8, 8, 3, 8)], { min: 0, max: 6 });
      return b.op("Add", [x, b.conv(deep, 8, 4, 1)]);
    },
  ],
  "MobileNet v3: squeeze and excite, HardSwish in two ops (opset 13)": [
    13,
    (b, x) => {
      const swish = (v: string): string =>
        b.op("Mul", [v, b.op("HardSigmoid", [v], { alpha: 1 / 6, beta: 0.5 })]);
      const deep = swish(b.conv(x, 4, 4, 5, 4, 2));
      const squeezed = b.op("Relu", [b.conv(b.op("GlobalAveragePool", [deep]), 4, 2, 1)]);
      const gate = b.op("HardSigmoid", [b.conv(squeezed, 2, 4, 1)], { alpha: 1 / 6, beta: 0.5 });
      return b.op("Mul", [gate, deep]);
    },
  ],
  "EfficientNet: SiLU, excite by a mean over axes (opset 13)": [
    13,
    (b, x) => {
      const silu = (v: string): string => b.op("Mul", [v, b.op("Sigmoid", [v])]);
      const deep = silu(b.norm(b.conv(x, 4, 6, 3), 6));
      const mean = b.op("ReduceMean", [deep], { axes: [2, 3], keepdims: 1 });
      return b.op("Mul", [deep, b.op("Sigmoid", [b.conv(silu(b.conv(mean, 6, 2, 1)), 2, 6, 1)])]);
    },
  ],
  "ShuffleNet v2: Split, a shuffle by shapes computed on the way (opset 11)": [
    11,
    (b, x) => {
      const [left, right] = b.ops("Split", [x], 2, { axis: 1, split: [2, 2] });
      const both = b.op("Concat", [left!, b.op("Relu", [b.conv(right!, 2, 2, 3)])], { axis: 1 });
      const dims = [0, 2, 3].map((axis) => b.size(both, axis));
      const two = b.constant(intTensor([2]));
      const rest = b.constant(intTensor([-1]));
      const groups = b.op("Concat", [dims[0]!, two, two, dims[1]!, dims[2]!], { axis: 0 });
      const swapped = b.op("Transpose", [b.op("Reshape", [both, groups])], {
        perm: [0, 2, 1, 3, 4],
      });
      const joined = b.op("Concat", [dims[0]!, rest, dims[1]!, dims[2]!], { axis: 0 });
      return b.conv(b.op("Reshape", [swapped, joined]), 4, 3, 1);
    },
  ],
  "RegNet and ResNeXt: groups (opset 13)": [
    13,
    (b, x) => b.op("Relu", [b.norm(b.conv(b.op("Relu", [b.conv(x, 4, 8, 1)]), 8, 8, 3, 4), 8)]),
  ],
  "ConvNeXt: layer norm in primitive ops over the last axis, GELU by Erf, layer scale (opset 14)": [
    14,
    (b, x) => {
      const last = b.op("Transpose", [b.conv(x, 4, 4, 7, 4)], { perm: [0, 2, 3, 1] });
      const centred = b.op("Sub", [last, b.op("ReduceMean", [last], { axes: [-1] })]);
      const square = b.op("Pow", [centred, b.constant(floatTensor([], [2]))]);
      const variance = b.op("ReduceMean", [square], { axes: [-1] });
      const deviation = b.op("Sqrt", [b.op("Add", [variance, b.scalar(1e-6)])]);
      const normal = b.op("Mul", [b.op("Div", [centred, deviation]), b.positive(4)]);
      const wide = b.op("MatMul", [b.op("Add", [normal, b.weights(4)]), b.weights(4, 8)]);
      const bell = b.op("Erf", [b.op("Div", [wide, b.scalar(Math.SQRT2)])]);
      const gelu = b.op("Mul", [
        b.op("Mul", [wide, b.op("Add", [bell, b.scalar(1)])]),
        b.scalar(0.5),
      ]);
      const narrow = b.op("Transpose", [b.op("MatMul", [gelu, b.weights(8, 4)])], {
        perm: [0, 3, 1, 2],
      });
      return b.op("Add", [x, b.op("Mul", [narrow, b.positive(4, 1, 1)])]);
    },
  ],
  "a classifier's end: mean, Flatten, Gemm, Softmax over joined axes (opset 9)": [
    9,
    (b, x) => {
      const vector = b.op("Flatten", [b.op("GlobalAveragePool", [b.conv(x, 4, 6, 3)])]);
      const scores = b.op("Gemm", [vector, b.weights(5, 6), b.weights(5)], { transB: 1 });
      return b.op("Softmax", [scores], { axis: 1 });
    },
  ],
  "Upsample by scales as an attribute, joined with a shortcut (opset 7)": [
    7,
    (b, x) => {
      const small = b.op("Relu", [b.conv(x, 4, 4, 3, 1, 2)]);
      const large = b.op("Upsample", [small], { mode: "nearest", scales: [1, 1, 2, 2] });
      return b.op("Add", [x, large]);
    },
  ],
};

function exported(opset: number, build: Build, seed: number): Graph {
  const b = new Block(opset, seed);
  const x = b.input("x", [1, 4, 8, 10]);
  b.output(build(b, x), []);
  const { graph } = simplify(b.build());
  const shapes = inferShapes(graph, {});
  const outputs = graph.outputs.map(({ name }) => ({
    name,
    type: "float32" as const,
    dims: shapes.get(name)!,
  }));
  return { ...graph, outputs };
}

describe("the gradient of an exported block matches finite differences", () => {
  it.each(Object.entries(blocks))("%s", async (_, [opset, build]) => {
    const graph = exported(opset, build, 5);
    // Distinct, evenly spaced values, so that pools have no ties.
    await checkDirections(graph, spread([1, 4, 8, 10], 3, -1, 1), { step: 2e-4, tolerance: 2e-2 });
  });
});
