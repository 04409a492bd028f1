/** Graphs that no exporter writes are refused quickly and for the right reason. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
} from "onnx-buf";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { onForeignGraph } from "../../../src/graph/onnx/check-graph.ts";
import { readOnnx, writeOnnx } from "../../../src/graph/onnx/file.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { sampleOnnx } from "../../helpers/hostile-onnx.ts";

/** Read the sample network after `change`. */
function readChanged(change: (graph: GraphProto) => void): Graph {
  const model = fromBinary(ModelProtoSchema, sampleOnnx());
  change(model.graph!);
  return onForeignGraph(() => readOnnx(toBinary(ModelProtoSchema, model), { name: "net.onnx" }));
}

const invalid: readonly [string, (graph: GraphProto) => void, RegExp][] = [
  [
    "a value with two producers",
    (g) => {
      g.node[3]!.output[0] = "low";
    },
    /"low" is defined twice/,
  ],
  [
    "a value that is also a weight",
    (g) => {
      g.node[3]!.output[0] = g.initializer[0]!.name;
    },
    /defined twice/,
  ],
  [
    "a value computed from itself",
    (g) => {
      g.node[0]!.input[0] = "low";
    },
    /depends on itself/,
  ],
  [
    "a node without outputs",
    (g) => {
      g.node[2]!.output = [];
    },
    /has no outputs/,
  ],
  [
    "an op called constructor",
    (g) => {
      g.node[2]!.opType = "constructor";
    },
    /not the name of an op/,
  ],
  [
    "an op called __proto__",
    (g) => {
      g.node[2]!.opType = "__proto__";
    },
    /not the name of an op/,
  ],
  [
    "an input called toString",
    (g) => {
      g.input[0]!.name = "toString";
    },
    /is a reserved name/,
  ],
  [
    "a weight called __proto__",
    (g) => {
      g.initializer[0]!.name = "__proto__";
    },
    /is a reserved name/,
  ],
  [
    "a name of a megabyte",
    (g) => {
      g.node[2]!.output[0] = "x".repeat(2 ** 20);
    },
    /longer than 1000 characters/,
  ],
  [
    "a tensor of 2^60 values",
    (g) => {
      g.initializer[0]!.dims = [2n ** 60n];
    },
    /has the invalid shape/,
  ],
  [
    "a tensor of -4 x -27 values",
    (g) => {
      g.initializer[0]!.dims = [-4n, -27n];
    },
    /has the invalid shape/,
  ],
  [
    "a tensor of 2^32 x 2^32 values",
    (g) => {
      g.initializer[0]!.dims = [2n ** 32n, 2n ** 32n];
    },
    /has the invalid shape/,
  ],
  [
    "a tensor of a hundred dimensions",
    (g) => {
      g.initializer[0]!.dims = new Array(100).fill(1n);
    },
    /has the invalid shape/,
  ],
  [
    "a tensor with a byte too few",
    (g) => {
      g.initializer[0]!.rawData = g.initializer[0]!.rawData.slice(1);
    },
    /holds 107 values/,
  ],
  [
    "a tensor attribute without a tensor",
    (g) =>
      void g.node[2]!.attribute.push(
        create(AttributeProtoSchema, { name: "value", type: AttributeProto_AttributeType.TENSOR }),
      ),
    /has no value/,
  ],
  [
    "twelve thousand nodes",
    (g) => {
      for (let i = 0; i < 12_000; i++)
        g.node.push(create(NodeProtoSchema, { opType: "Relu", input: ["low"], output: [`r${i}`] }));
    },
    /more than 10000/,
  ],
];

describe("a network with", () => {
  test.each(invalid)("%s is refused", (_, change, says) => {
    expect(() => readChanged(change)).toThrow(
      expect.objectContaining({
        code: "MODEL_INVALID",
        message: expect.stringMatching(says),
        where: "net.onnx",
      }),
    );
  });

  test("refuses a loop body", () => {
    const change = (g: GraphProto): void => {
      const body = create(AttributeProtoSchema, {
        name: "body",
        type: AttributeProto_AttributeType.GRAPH,
      });
      g.node[2]!.attribute.push(body);
    };
    expect(() => readChanged(change)).toThrow(
      expect.objectContaining({ code: "MODEL_UNSUPPORTED_OP" }),
    );
  });

  test("gives nodes with the same name unique names when written", () => {
    const graph = readChanged((g) => {
      for (const node of g.node) node.name = "same";
    });
    const names = fromBinary(ModelProtoSchema, writeOnnx(graph)).graph!.node.map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test("keeps an end beyond the int64 range as the end", () => {
    const model = fromBinary(ModelProtoSchema, sampleOnnx());
    const slice = model.graph!.node.find(({ opType }) => opType === "Slice")!;
    const ints = { name: "ends", type: AttributeProto_AttributeType.INTS, ints: [2n ** 63n - 1n] };
    slice.attribute.push(create(AttributeProtoSchema, ints));
    const { nodes } = readOnnx(toBinary(ModelProtoSchema, model));
    expect(nodes.find(({ op }) => op === "Slice")!.attributes.ends).toEqual([
      Number.MAX_SAFE_INTEGER,
    ]);
  });
});

/** A function that infers the shapes of one node over `x` `[1, 3, 8, 8]`. */
function shapesOf(make: (b: GraphBuilder, x: string) => string): () => unknown {
  return () => {
    const b = new GraphBuilder();
    b.output(make(b, b.input("x", [1, 3, 8, 8])), []);
    return inferShapes(b.build(), {});
  };
}

describe("the shape of", () => {
  const repeat = (b: GraphBuilder, value: string, times: number): string => {
    let joined = value;
    for (let i = 0; i < times; i++) joined = b.op("Concat", [joined, joined], { axis: 0 });
    return joined;
  };
  test.each<[string, (b: GraphBuilder, x: string) => string]>([
    ["a picture enlarged twofold sixty times", (b, x) => repeat(b, x, 60)],
    [
      "a shape doubled sixty times",
      (b, x) => b.op("Reshape", [x, repeat(b, b.op("Shape", [x]), 60)]),
    ],
    // Found by fuzzing: a list with one entry at index 2455414786 was iterated completely.
    [
      "a slice along axis 2455414786",
      (b, x) => b.op("Slice", [x, b.ints(0), b.ints(1), b.ints(2455414786)]),
    ],
    [
      "a split along axis 2^53",
      (b, x) => b.ops("Split", [x, b.ints(1, 2)], 2, { axis: 2 ** 53 - 1 })[0]!,
    ],
    // Found by fuzzing: the gradient allocated a list with the length of the stride.
    [
      "a pool with a stride of 2^53",
      (b, x) => b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2 ** 53, 1] }),
    ],
    [
      "a pool without strides for every axis",
      (b, x) => b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [1] }),
    ],
    [
      "a convolution with a dilation of 0",
      (b, x) => b.op("Conv", [x, b.constant(floatTensor([3, 3, 3, 3]))], { dilations: [0, 0] }),
    ],
    [
      "an average with pads of -3",
      (b, x) => b.op("AveragePool", [x], { kernel_shape: [2, 2], pads: [-3, 0, 0, 0] }),
    ],
    ["depth to space in blocks of 0", (b, x) => b.op("DepthToSpace", [x], { blocksize: 0 })],
    [
      "a picture made 2^40 px wide",
      (b, x) => b.op("Pad", [x, b.ints(0, 0, 0, 2 ** 40, 0, 0, 0, 0)]),
    ],
    [
      "a picture with 99 axes",
      (b, x) => b.op("Unsqueeze", [x, b.ints(...Array.from({ length: 95 }, (_, i) => i))]),
    ],
  ])("%s is refused", (_, make) => {
    expect(shapesOf(make)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
  });
});

describe("integer division by", () => {
  const read = (make: (b: GraphBuilder, x: string) => string) => (): unknown => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 3, 8, 8]);
    b.output(b.op("Cast", [make(b, x)], { to: 1 }), []);
    return readOnnx(writeOnnx(b.build()));
  };
  const whole = (b: GraphBuilder, x: string): string => b.op("Cast", [x], { to: 6 });
  const int32 = (b: GraphBuilder, v: number): string =>
    b.constant({ type: "int32", dims: [], data: Int32Array.of(v) });

  test.each<[string, (b: GraphBuilder, x: string) => string]>([
    ["zero", (b, x) => b.op("Div", [whole(b, x), int32(b, 0)])],
    // onnxruntime 1.30 ends with SIGFPE when the smallest integer is divided by -1.
    ["minus one", (b) => b.op("Div", [int32(b, -(2 ** 31)), int32(b, -1)])],
    ["a computed value", (b, x) => b.op("Div", [int32(b, -(2 ** 31)), whole(b, x)])],
  ])("%s is refused", (_, make) => {
    expect(read(make)).toThrow(expect.objectContaining({ code: "MODEL_UNSUPPORTED_OP" }));
  });

  test("accepts a positive constant, and division of other number types", () => {
    expect(read((b, x) => b.op("Div", [b.op("Shape", [x]), b.ints(2)]))).not.toThrow();
    expect(read((b, x) => b.op("Div", [x, b.scalar(-1)]))).not.toThrow();
  });
});
