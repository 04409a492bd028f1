import { afterAll, describe, expect, test } from "vitest";
import { createRandom } from "../../../src/dream/random.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { cutAt } from "../../../src/graph/cut.ts";
import { type FloatTensor, floatTensor, type Graph, intTensor } from "../../../src/graph/graph.ts";
import { simplify } from "../../../src/graph/onnx/simplify.ts";
import { halfToFloat } from "../../../src/graph/onnx/widen-weights.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

const random = createRandom(17);
const tensor = (dims: number[], low = -1, high = 1): FloatTensor =>
  floatTensor(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random()),
  );

async function run(graph: Graph, x: FloatTensor): Promise<Float32Array> {
  const session = await engine.load(graph);
  const results = await session.run({ [graph.inputs[0]!.name]: x });
  return (results[graph.outputs[0]!.name] as FloatTensor).data;
}

/** Conv, batch norm, dropout and identity, as exporters write a block. */
function block(): Graph {
  const b = new GraphBuilder(undefined, 17);
  const x = b.input("x", [1, 3, 8, 9]);
  const conv = b.op(
    "Conv",
    [x, b.constant(tensor([5, 3, 3, 3])), b.constant(tensor([5]))],
    { pads: [1, 1, 1, 1] },
    "conv",
  );
  const norm = b.op(
    "BatchNormalization",
    [
      conv,
      b.constant(tensor([5])),
      b.constant(tensor([5])),
      b.constant(tensor([5])),
      b.constant(tensor([5], 0.5, 2)),
    ],
    { epsilon: 1e-3 },
    "norm",
  );
  const drop = b.op("Dropout", [norm], {}, "drop");
  b.output(b.op("Relu", [b.op("Identity", [drop], {}, "same")], {}, "y"), []);
  return b.build();
}

describe("a simplified network", () => {
  test("has no batch norm or pass-through nodes and gives the same output", async () => {
    const graph = block();
    const { graph: simple, aliases } = simplify(graph);
    expect(simple.nodes.map((node) => node.op)).toEqual(["Conv", "Relu"]);
    expect(Object.fromEntries(aliases)).toEqual({ drop: "norm", same: "norm" });
    const x = tensor([1, 3, 8, 9]);
    const [before, after] = [await run(graph, x), await run(simple, x)];
    expect([...after]).toEqual([...before].map((v) => expect.closeTo(v, 4)));
  });

  test("resolves constants that exporters share by Identity", async () => {
    const b = new GraphBuilder(undefined, 13);
    const x = b.input("x", [1, 3, 8, 9]);
    const ones = b.constant(tensor([3], 0.5, 2));
    const shared = (): string => b.op("Identity", [ones]);
    const norm = b.op("BatchNormalization", [x, shared(), ones, shared(), shared()], {}, "norm");
    b.output(b.op("Relu", [norm], {}, "y"), []);
    const graph = b.build();
    const { graph: simple } = simplify(graph);
    expect(simple.nodes.some((node) => node.op === "Identity")).toBe(false);
    const picture = tensor([1, 3, 8, 9]);
    const [before, after] = [await run(graph, picture), await run(simple, picture)];
    for (const [i, v] of after.entries()) expect(v).toBeCloseTo(before[i]!, 5);
  });

  test("keeps a batch norm if another node also reads its convolution", () => {
    const b = new GraphBuilder(block());
    b.output("conv", []);
    expect(simplify(b.build()).graph.nodes.map((node) => node.op)).toContain("BatchNormalization");
  });

  test("of an old operator set gives the same output after the upgrade", async () => {
    const b = new GraphBuilder(undefined, 9);
    const x = b.input("x", [1, 3, 6, 6]);
    const padded = b.op("Pad", [x], {
      pads: [0, 0, 1, 2, 0, 0, 0, 1],
      mode: "constant",
      value: 0.25,
    });
    const clipped = b.op("Clip", [padded], { min: -0.3, max: 0.4 });
    const cut = b.op("Slice", [clipped], { starts: [1], ends: [6], axes: [2] });
    const mean = b.op("ReduceMean", [cut], { axes: [3], keepdims: 1 });
    b.output(b.op("Squeeze", [mean], { axes: [3] }, "y"), []);
    const graph = b.build();
    const x0 = tensor([1, 3, 6, 6]);
    const { graph: simple } = simplify(graph);
    expect(simple.opset).toBe(18);
    expect([...(await run(simple, x0))]).toEqual(
      [...(await run(graph, x0))].map((v) => expect.closeTo(v, 6)),
    );
  });

  test("has Constant nodes and float16 weights as float32 constants", () => {
    const b = new GraphBuilder(undefined, 17);
    const half = b.constant(
      { type: "float16", dims: [2], data: Uint16Array.of(0x3c00, 0xc100) },
      "half",
    );
    const wide = b.op("Cast", [half], { to: 1 }, "wide");
    const plain = b.op("Constant", [], { value: floatTensor([2], [5, 7]) }, "plain");
    b.output(b.op("Add", [b.op("Mul", [b.input("x", [2]), wide]), plain], {}, "y"), []);
    const { graph } = simplify(b.build());
    expect(graph.nodes.map((node) => node.op)).toEqual(["Mul", "Add"]);
    expect(graph.initializers.get("wide")).toEqual(floatTensor([2], [1, -2.5]));
    expect(graph.initializers.get("plain")).toEqual(floatTensor([2], [5, 7]));
  });

  test("has 8-bit weights as float32, with one scale for all or one per channel", () => {
    const b = new GraphBuilder(undefined, 17);
    const weights = b.constant(
      { type: "int8", dims: [2, 2], data: Int8Array.of(-127, 4, 2, 1) },
      "w",
    );
    const scales = b.constant(floatTensor([2], [0.5, 2]), "s");
    const one = b.constant(floatTensor([], [0.25]), "one");
    const zero = b.constant({ type: "int8", dims: [], data: Int8Array.of(1) }, "zero");
    const rows = b.op("DequantizeLinear", [weights, scales], { axis: 0 }, "rows");
    const columns = b.op("DequantizeLinear", [weights, scales], { axis: -1 }, "columns");
    const whole = b.op("DequantizeLinear", [weights, one, zero], {}, "whole");
    b.output(b.op("Sum", [b.input("x", [2, 2]), rows, columns, whole], {}, "y"), []);
    const { graph } = simplify(b.build());
    expect(graph.nodes.map((node) => node.op)).toEqual(["Sum"]);
    expect(graph.initializers.get("rows")).toEqual(floatTensor([2, 2], [-63.5, 2, 4, 2]));
    expect(graph.initializers.get("columns")).toEqual(floatTensor([2, 2], [-63.5, 8, 1, 2]));
    expect(graph.initializers.get("whole")).toEqual(floatTensor([2, 2], [-32, 0.75, 0.25, 0]));
  });

  test("is refused if its scales do not match its weights", () => {
    const b = new GraphBuilder(undefined, 17);
    const weights = b.constant({ type: "int8", dims: [2, 2], data: new Int8Array(4) }, "w");
    const scales = b.constant(floatTensor([3], [1, 1, 1]), "s");
    const wide = b.op("DequantizeLinear", [weights, scales], { axis: 0 }, "wide");
    b.output(b.op("Add", [b.input("x", [2, 2]), wide], {}, "y"), []);
    expect(() => simplify(b.build())).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
  });
});

test.each([
  [0x0000, 0],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0001, 2 ** -24],
  [0xfc00, Number.NEGATIVE_INFINITY],
])("reads half precision 0x%x as %d", (bits, value) => {
  expect(halfToFloat(bits)).toBe(value);
});

describe("a cut network", () => {
  test("keeps only the nodes that its new outputs need", () => {
    const { graph } = simplify(block());
    const cut = cutAt(graph, ["norm"]);
    expect(cut.nodes.map((node) => node.op)).toEqual(["Conv"]);
    expect(cut.outputs.map((value) => value.name)).toEqual(["norm"]);
    expect(cut.initializers.size).toBe(2);
  });

  test("lists the nearest names for an unknown name", () => {
    expect(() => cutAt(block(), ["nrom"])).toThrow(
      expect.objectContaining({ code: "MODEL_INVALID", hint: expect.stringMatching(/norm/) }),
    );
  });
});

test("keeps the dimensions of integer tensors", () => {
  expect(intTensor([1, 2, 3, 4], [2, 2]).dims).toEqual([2, 2]);
});
