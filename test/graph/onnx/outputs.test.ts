import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";

test("writes an output with unknown dimensions without a shape, not as a scalar that later nodes would refuse", () => {
  const b = new GraphBuilder();
  const low = b.op("Relu", [b.input("x", [1, 3, 8, 8])], {}, "low");
  b.output(low, []);
  b.output(b.op("Relu", [low], {}, "high"), [1, 3, 8, 8]);
  const outputs = fromBinary(ModelProtoSchema, writeOnnx(b.build())).graph!.output;
  const shapes = outputs.map(({ type }) =>
    type?.value.case === "tensorType" ? type.value.value.shape?.dim.length : "none",
  );
  expect(shapes).toEqual([undefined, 4]);
});
