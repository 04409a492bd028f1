import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import type { Graph } from "../../src/graph/graph.ts";
import { writeOnnx } from "../../src/graph/onnx/file.ts";

/** An .onnx file that stores all its weights in a file at `location`, and that file's content. */
export function splitOnnx(graph: Graph, location: string): { model: Uint8Array; data: Uint8Array } {
  const model = fromBinary(ModelProtoSchema, writeOnnx(graph));
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of model.graph!.initializer) {
    const entries = { location, offset: `${offset}`, length: `${tensor.rawData.length}` };
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    parts.push(tensor.rawData);
    offset += tensor.rawData.length;
    tensor.rawData = new Uint8Array();
  }
  return { model: toBinary(ModelProtoSchema, model), data: Buffer.concat(parts) };
}
