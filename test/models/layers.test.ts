import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor, type Graph } from "../../src/graph/graph.ts";
import { inferShapes } from "../../src/graph/shapes/infer-shapes.ts";
import { peerNames } from "../../src/models/aliases.ts";
import { listLayers } from "../../src/models/layers.ts";

/** Networks with one channel per layer, as only their structure counts. */
class Sketch {
  readonly b = new GraphBuilder();
  readonly input = this.b.input("frame", [1, 3, "h", "w"]);

  conv(x: string, size: number, stride = 1, channels: readonly [number, number] = [1, 1]): string {
    return this.window(x, [size, size], stride, channels);
  }

  window(
    x: string,
    [high, wide]: readonly [number, number],
    stride = 1,
    [inputs, outputs]: readonly [number, number] = [1, 1],
  ): string {
    const kernel = this.b.constant(floatTensor([outputs, inputs, high, wide]), "kernel");
    const [y, x0] = [Math.floor(high / 2), Math.floor(wide / 2)];
    const attributes = { strides: [stride, stride], pads: [y, x0, y, x0] };
    return this.b.op("Conv", [x, kernel], { ...attributes, kernel_shape: [high, wide] });
  }

  relu(x: string, name = "relu"): string {
    return this.b.op("Relu", [x], {}, name);
  }

  pool(x: string): string {
    return this.b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
  }

  join(count: number, x: string): string {
    const parts = Array.from({ length: count }, () => this.relu(x));
    const joined = this.b.op("Concat", parts, { axis: 1 }, "joined");
    return this.b.op("ReduceMean", [joined, this.b.ints(1)], { keepdims: 1 });
  }

  build(last: string): Graph {
    this.b.output(last, []);
    return this.b.build();
  }
}

function namesOf(graph: Graph): Record<string, string> {
  return Object.fromEntries(peerNames(graph, inferShapes(graph, { frame: [1, 3, 64, 64] })));
}

describe("a layer's listing", () => {
  test("has the receptive field from windows and strides", () => {
    const s = new Sketch();
    const one = s.relu(s.conv(s.input, 3, 1, [3, 1]), "one");
    const two = s.relu(s.conv(one, 3), "two");
    const three = s.relu(s.conv(s.pool(two), 3), "three");
    const wide = s.relu(s.conv(three, 5, 2), "four");
    const graph = s.build(s.b.op("Concat", [wide, s.conv(three, 1, 2)], { axis: 1 }, "both"));
    const fields = Object.fromEntries(
      listLayers(graph, 64, new Map()).map(({ name, receptiveField }) => [name, receptiveField]),
    );
    expect(fields).toMatchObject({ one: 3, two: 5, three: 10, four: 18, both: 18 });
  });

  test("has separate receptive fields across and down for flat and tall windows", () => {
    const s = new Sketch();
    const tall = s.window(s.conv(s.input, 3, 1, [3, 1]), [7, 1]);
    const graph = s.build(s.relu(s.window(s.relu(tall, "tall"), [1, 7]), "both"));
    const layers = listLayers(graph, 64, new Map());
    const seen = (name: string) => layers.find((layer) => layer.name === name)!.receptiveField;
    expect([seen("tall"), seen("both")]).toEqual([9, 9]);
  });

  test("has the same receptive field after a mean over channels, and the whole picture after a mean over space", () => {
    const s = new Sketch();
    const first = s.conv(s.input, 3, 1, [3, 4]);
    const last = s.b.op("Transpose", [first], { perm: [0, 2, 3, 1] });
    const mean = s.b.op("ReduceMean", [last, s.b.ints(-1)], { keepdims: 1 });
    const normal = s.b.op("Transpose", [s.b.op("Sub", [last, mean])], { perm: [0, 3, 1, 2] });
    const own = s.relu(normal, "normal");
    const gate = s.b.op("ReduceMean", [own, s.b.ints(2, 3)], { keepdims: 1 });
    const graph = s.build(s.relu(s.b.op("Mul", [own, gate]), "gated"));
    const layers = listLayers(graph, 64, new Map());
    const seen = (name: string) => layers.find((layer) => layer.name === name)!.receptiveField;
    expect([seen("normal"), seen("gated")]).toEqual([3, Number.POSITIVE_INFINITY]);
  });

  test("omits preprocessing, and has stride 0 for vectors", () => {
    const s = new Sketch();
    const scaled = s.b.op("Add", [s.input, s.b.scalar(1)], {}, "scaled");
    const one = s.relu(s.conv(scaled, 3, 2, [3, 1]), "one");
    const graph = s.build(s.b.op("GlobalAveragePool", [one], {}, "pooled"));
    const strides = listLayers(graph, 64, new Map()).map(({ name, stride }) => [name, stride]);
    expect(strides).toEqual([
      [expect.any(String), 2],
      ["one", 2],
      ["pooled", 0],
    ]);
  });

  test("counts the cost of matrix products", () => {
    const s = new Sketch();
    const one = s.relu(s.conv(s.input, 3, 1, [3, 4]), "one");
    const last = s.b.op("Transpose", [one], { perm: [0, 2, 3, 1] });
    const product = s.b.op("MatMul", [last, s.b.constant(floatTensor([4, 6]))]);
    const two = s.relu(s.b.op("Transpose", [product], { perm: [0, 3, 1, 2] }), "two");
    const layers = listLayers(s.build(s.relu(s.conv(two, 3, 1, [6, 1]), "three")), 8, new Map());
    // Per position: 27 × 4, 4 × 6 and 9 × 6.
    expect(layers.find(({ name }) => name === "two")!.cost).toBeCloseTo((108 + 24) / 186, 10);
  });

  test("has the cost of all layers up to it, as a share", () => {
    const s = new Sketch();
    const one = s.relu(s.conv(s.input, 3, 1, [3, 4]), "one");
    const two = s.relu(s.conv(one, 1, 2, [4, 8]), "two");
    const layers = listLayers(s.build(two), 64, new Map());
    const [first, second] = [64 * 64 * 4 * 27, 32 * 32 * 8 * 4];
    const cost = (name: string) => layers.find((layer) => layer.name === name)!.cost!;
    expect(cost("one")).toBeCloseTo(first / (first + second), 10);
    expect(cost("two")).toBe(1);
  });

  test("has its published names", () => {
    const s = new Sketch();
    const graph = s.build(s.relu(s.conv(s.input, 3, 1, [3, 1]), "one"));
    const layers = listLayers(graph, 64, new Map([["relu1_1", "one"]]));
    expect(layers.find(({ name }) => name === "one")!.aliases).toEqual(["relu1_1"]);
  });
});

describe("published names", () => {
  test("of VGG count Relus between pools", () => {
    const s = new Sketch();
    let x = s.conv(s.input, 3, 1, [3, 1]);
    for (const count of [2, 2, 3, 3, 3]) {
      for (let i = 0; i < count; i++) x = s.relu(s.conv(x, 3));
      x = s.pool(x);
    }
    const names = namesOf(s.build(x));
    expect(Object.keys(names)).toHaveLength(13);
    // The tenth and the last of thirteen.
    expect(names).toMatchObject({ relu1_1: "relu", relu4_3: "relu_9", relu5_3: "relu_12" });
  });

  test("of GoogLeNet are those of google/deepdream, lucid and torchvision", () => {
    const s = new Sketch();
    let x = s.conv(s.input, 3, 4, [3, 1]);
    for (let i = 0; i < 9; i++) x = s.join(4, x);
    expect(namesOf(s.build(x))).toMatchObject({
      "inception_3a/output": "joined",
      "inception_4c/output": "joined_4",
      mixed4c: "joined_4",
      inception4c: "joined_4",
      mixed5b: "joined_8",
    });
  });

  test("of Inception v3 count its modules, including reductions with three branches", () => {
    const s = new Sketch();
    let x = s.conv(s.input, 3, 4, [3, 1]);
    for (const branches of [4, 4, 4, 3, 4, 4, 4, 4, 3, 4, 4]) x = s.join(branches, x);
    expect(namesOf(s.build(x))).toMatchObject({
      mixed0: "joined",
      mixed3: "joined_3",
      mixed10: "joined_10",
      Mixed_6a: "joined_3",
    });
  });

  test("of ResNet are its stages, after their last Relu", () => {
    const s = new Sketch();
    let x = s.conv(s.input, 3, 4, [3, 1]);
    for (const [stage, blocks] of [2, 2, 2, 2].entries()) {
      for (let i = 0; i < blocks; i++) {
        const stride = stage > 0 && i === 0 ? 2 : 1;
        const sum = s.b.op("Add", [s.conv(x, 3, stride), s.conv(x, 1, stride)]);
        x = s.relu(sum, `end${stage + 1}_${i}`);
      }
    }
    expect(namesOf(s.build(x))).toEqual({
      layer1: "end1_1",
      layer2: "end2_1",
      layer3: "end3_1",
      layer4: "end4_1",
    });
  });

  test("of Caffe are found despite the names that its exporter adds", () => {
    const s = new Sketch();
    const x = s.relu(s.conv(s.input, 3, 1, [3, 1]), "inception_4c/output_1");
    expect(namesOf(s.build(x))).toEqual({ "inception_4c/output": "inception_4c/output_1" });
  });

  test("are not assigned to networks with another structure", () => {
    const s = new Sketch();
    let x = s.conv(s.input, 3, 4, [3, 1]);
    for (let i = 0; i < 8; i++) x = s.join(4, x);
    expect(namesOf(s.build(x))).toEqual({});
  });
});
