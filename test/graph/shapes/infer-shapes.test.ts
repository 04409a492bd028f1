import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { type Attribute, floatTensor, intTensor, type Tensor } from "../../../src/graph/graph.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

type Operand = readonly number[] | Tensor;
const w = (...dims: number[]): Tensor => floatTensor(dims);
const cases: [string, Operand[], Record<string, Attribute>][] = [
  ["Conv", [[1, 4, 11, 14], w(6, 4, 3, 3)], { pads: [1, 0, 2, 1], strides: [2, 3] }],
  ["Conv", [[1, 4, 11, 14], w(6, 2, 3, 2)], { group: 2, dilations: [2, 1] }],
  ["Conv", [[1, 4, 11, 14], w(6, 4, 3, 4)], { auto_pad: "SAME_UPPER", strides: [2, 2] }],
  ["Conv", [[1, 4, 11, 14], w(6, 4, 3, 3)], { auto_pad: "VALID" }],
  [
    "ConvTranspose",
    [[1, 4, 5, 6], w(4, 3, 4, 3)],
    { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0] },
  ],
  ["MaxPool", [[1, 4, 11, 14]], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
  ["MaxPool", [[1, 4, 11, 14]], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ["AveragePool", [[1, 4, 7, 7]], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }],
  [
    "AveragePool",
    [[1, 4, 12, 9]],
    { kernel_shape: [3, 2], strides: [3, 2], auto_pad: "SAME_LOWER" },
  ],
  ["GlobalAveragePool", [[1, 4, 7, 9]], {}],
  [
    "Concat",
    [
      [1, 4, 7, 9],
      [1, 2, 7, 9],
    ],
    { axis: 1 },
  ],
  [
    "Concat",
    [
      [1, 4, 7, 9],
      [1, 4, 7, 2],
    ],
    { axis: -1 },
  ],
  [
    "Add",
    [
      [1, 4, 7, 9],
      [4, 1, 1],
    ],
    {},
  ],
  ["Where", [{ type: "bool", dims: [1], data: Uint8Array.of(1) }, [3, 1], [2, 1, 4]], {}],
  ["Gemm", [[3, 5], w(7, 5)], { transB: 1 }],
  [
    "MatMul",
    [
      [2, 1, 3, 5],
      [4, 5, 6],
    ],
    {},
  ],
  ["Flatten", [[2, 3, 4, 5]], { axis: 2 }],
  ["Reshape", [[2, 3, 4, 5], intTensor([0, -1, 10])], {}],
  ["Transpose", [[2, 3, 4, 5]], { perm: [0, 2, 3, 1] }],
  ["Pad", [[1, 2, 5, 6], intTensor([0, 0, 1, 2, 0, 1, -1, 3])], {}],
  ["ReduceMean", [[1, 4, 7, 9], intTensor([2, -1])], { keepdims: 1 }],
  ["ReduceSum", [[1, 4, 7, 9], intTensor([1])], { keepdims: 0 }],
  ["Unsqueeze", [[4, 5], intTensor([0, -1])], {}],
  ["Squeeze", [[1, 4, 1, 5], intTensor([2])], {}],
  [
    "Slice",
    [[3, 9, 8], intTensor([1, -5]), intTensor([9, -1]), intTensor([1, 2]), intTensor([3, 1])],
    {},
  ],
  ["Gather", [[3, 9, 8], intTensor([0, 2, 2, 1], [2, 2])], { axis: 1 }],
];

describe("shape inference", () => {
  test.each(cases)("gives the runtime's shape for %s %#", async (op, operands, attributes) => {
    const b = new GraphBuilder();
    const feeds: Record<string, Tensor> = {};
    const inputs = operands.map((operand, i) => {
      if ("data" in operand) return b.constant(operand);
      feeds[`x${i}`] = floatTensor(operand);
      return b.input(`x${i}`, operand);
    });
    b.output(b.op(op, inputs, attributes, "y"), []);
    const graph = b.build();
    const session = await engine.load(graph);
    const { y } = await session.run(feeds);
    expect(inferShapes(graph, {}).get("y")).toEqual(y!.dims);
  });

  test("evaluates the arithmetic that exporters put before Reshape", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, "c", "h", "w"]);
    const batch = b.op("Gather", [
      b.op("Shape", [x]),
      b.constant({ type: "int64", dims: [], data: BigInt64Array.of(0n) }),
    ]);
    const target = b.op("Concat", [b.op("Unsqueeze", [batch, b.ints(0)]), b.ints(-1)], { axis: 0 });
    const y = b.op("Reshape", [x, target], {}, "y");
    b.output(y, []);
    expect(inferShapes(b.build(), { x: [1, 8, 5, 6] }).get("y")).toEqual([1, 240]);
  });

  test("throws an error with the node and the shapes for incompatible shapes", () => {
    const b = new GraphBuilder();
    b.op("Conv", [b.input("x", [1, 4, 9, 9]), b.constant(w(6, 3, 3, 3))], {}, "y");
    expect(() => inferShapes(b.build(), {})).toThrow(
      expect.objectContaining({
        code: "SHAPE_MISMATCH",
        message: expect.stringMatching(
          /Conv "y": 4 channels, but the kernel takes 3.*x \[1, 4, 9, 9\]/,
        ),
      }),
    );
  });

  test("refuses an unknown op by name", () => {
    const b = new GraphBuilder();
    b.op("TopK", [b.input("x", [4])], {}, "y");
    expect(() => inferShapes(b.build(), {})).toThrow(
      expect.objectContaining({
        code: "MODEL_UNSUPPORTED_OP",
        message: expect.stringMatching(/TopK/),
      }),
    );
  });
});
