import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph, intTensor, type Tensor } from "../../../src/graph/graph.ts";
import { readOnnx, writeOnnx } from "../../../src/graph/onnx/file.ts";

function example(weights: Tensor): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 3, "height", 7]);
  const y = b.op("Conv", [x, b.constant(weights, "w"), ""], {
    kernel_shape: [1, 1],
    auto_pad: "SAME_UPPER",
  });
  const z = b.op("LeakyRelu", [y], { alpha: 1 });
  b.output(
    b.op(
      "Resize",
      [z, "", b.constant(floatTensor([4], [1, 1, 2, 2]))],
      { mode: "nearest", cubic_coeff_a: -0.5 },
      "z",
    ),
    [1, "c", 14, 14],
  );
  return b.build();
}

describe("an ONNX file", () => {
  test("is read back as the same graph", () => {
    const graph = example(floatTensor([2, 3, 1, 1], [1, -2, 3.5, 0, 1e-9, 6]));
    expect(readOnnx(writeOnnx(graph))).toEqual(graph);
  });

  test("keeps every kind of tensor bit for bit", () => {
    const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const tensors = fc.oneof(
      fc.float32Array().map((data): Tensor => ({ type: "float32", dims: [data.length], data })),
      fc.float64Array().map((data): Tensor => ({ type: "float64", dims: [data.length], data })),
      fc.uint16Array().map((data): Tensor => ({ type: "float16", dims: [1, data.length], data })),
      fc.array(integers).map(
        (list): Tensor => ({
          type: "int64",
          dims: [list.length],
          data: BigInt64Array.from(list),
        }),
      ),
      fc.int32Array().map((data): Tensor => ({ type: "int32", dims: [data.length], data })),
      fc.int8Array().map((data): Tensor => ({ type: "int8", dims: [data.length], data })),
      fc.uint8Array().map((data): Tensor => ({ type: "uint8", dims: [data.length], data })),
    );
    fc.assert(
      fc.property(tensors, (tensor) => {
        expect(readOnnx(writeOnnx(example(tensor))).initializers.get("w")).toEqual(tensor);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test("lists no weights among the inputs, as old exporters do", () => {
    const graph = example(floatTensor([2, 3, 1, 1]));
    const old = {
      ...graph,
      inputs: [...graph.inputs, { name: "w", type: "float32" as const, dims: [2, 3, 1, 1] }],
    };
    expect(readOnnx(writeOnnx(old)).inputs).toEqual(graph.inputs);
  });

  test.each([
    ["text", new TextEncoder().encode("This is not a network, it is a sentence of English.")],
    ["nothing", new Uint8Array()],
    ["a picture file", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13)],
    ["a truncated network", writeOnnx(example(floatTensor([2, 3, 1, 1]))).subarray(0, 100)],
  ])("%s is refused", (_, bytes) => {
    expect(() => readOnnx(bytes, { name: "x.onnx" })).toThrow(
      expect.objectContaining({ code: "MODEL_INVALID", where: "x.onnx" }),
    );
  });

  test("with a tensor of the wrong length is refused", () => {
    const lie: Tensor = { type: "float32", dims: [5, 5], data: new Float32Array(3) };
    expect(() => readOnnx(writeOnnx(example(lie)))).toThrow(
      expect.objectContaining({
        code: "MODEL_INVALID",
        message: expect.stringMatching(/3 values, but its shape \[5, 5\] needs 25/),
      }),
    );
  });

  test("keeps integers beyond 2^53", () => {
    const graph = example(intTensor([Number.MAX_SAFE_INTEGER]));
    expect(readOnnx(writeOnnx(graph)).initializers.get("w")).toEqual(
      intTensor([Number.MAX_SAFE_INTEGER]),
    );
  });
});
