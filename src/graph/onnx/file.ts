/** ONNX files to graphs and back. Reference: onnx.proto, https://onnx.ai/onnx/repo-docs/IR.html */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { DreamError } from "../../errors.ts";
import type { Dimension, Graph, Node, ValueInfo } from "../graph.ts";
import { sortNodes } from "../sort.ts";
import { checkGraph } from "./check-graph.ts";
import { checkDivisions } from "./integer-division.ts";
import { readNode, toWhole, writeNode } from "./node.ts";
import {
  type ExternalReader,
  readTensor,
  toDataType,
  toElementType,
  writeExternalTensor,
  writeTensor,
} from "./tensor.ts";

const notOnnxHint =
  "Give an image network as an .onnx file. An incomplete download can cause this too.";

/** Older opsets broadcast through attributes. */
const oldestOpset = 7;
/** Far beyond the newest published opset. */
const newestOpset = 40;

export interface ReadOptions {
  /** Name of the network in messages. */
  readonly name?: string;
  /** Reads from the external data files of a large export. */
  readonly external?: ExternalReader;
}

/** Parse an ONNX file. Throws `MODEL_INVALID`, `MODEL_UNSUPPORTED_OP`. */
export function readOnnx(
  bytes: Uint8Array,
  { name = "network", external }: ReadOptions = {},
): Graph {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new DreamError("MODEL_INVALID", "this is not an ONNX file", {
      where: name,
      hint: notOnnxHint,
      cause,
    });
  }
  try {
    return toGraph(model, name, external);
  } catch (error) {
    if (!(error instanceof DreamError) || error.where !== undefined) throw error;
    const { code, message, hint, cause } = error;
    throw new DreamError(code, message, {
      where: name,
      hint,
      cause,
    });
  }
}

function toGraph(model: ModelProto, name: string, external: ExternalReader | undefined): Graph {
  const { graph } = model;
  if (!graph || graph.node.length === 0 || graph.input.length === 0) {
    throw new DreamError(
      "MODEL_INVALID",
      "this is not an ONNX network: it has no nodes or no inputs",
      { where: name, hint: notOnnxHint },
    );
  }
  const opset = Number(
    model.opsetImport.find((set) => set.domain === "" || set.domain === "ai.onnx")?.version ?? 1,
  );
  if (opset < oldestOpset || opset > newestOpset) {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `the network uses operator set ${opset}, which is not supported`,
      {
        where: name,
        hint: `dreamreel reads operator sets ${oldestOpset} to ${newestOpset}. Convert the network with onnx.version_converter.`,
      },
    );
  }
  const initializers = new Map(
    graph.initializer.map((tensor) => [tensor.name, readTensor(tensor, external)]),
  );
  const read: Graph = {
    nodes: graph.node.map(readNode),
    initializers,
    // Old exporters list weights among the inputs, as overridable defaults.
    inputs: graph.input.filter((value) => !initializers.has(value.name)).map(readValue),
    outputs: graph.output.map(readValue),
    opset,
  };
  checkGraph(read);
  const sorted = { ...read, nodes: sortNodes(read.nodes) };
  checkDivisions(sorted);
  return sorted;
}

/** The bytes of an ONNX file. */
export function writeOnnx(graph: Graph): Uint8Array {
  return writeModel(graph, writeTensor);
}

/** A model whose weights are beside it. */
export interface ModelInParts {
  readonly bytes: Uint8Array;
  /** External data by the location that the model names. The arrays are those of the graph. */
  readonly weights: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Bytes above which a constant is a weight; a runtime reads shapes and axes from the model itself. */
const maxInline = 1024;

/** An ONNX model for a runtime in the same process: weights are passed on, not copied. */
export function writeOnnxInParts(graph: Graph): ModelInParts {
  const weights: { path: string; data: Uint8Array }[] = [];
  const bytes = writeModel(graph, (name, tensor) => {
    if (tensor.data.byteLength <= maxInline) return writeTensor(name, tensor);
    const path = `${weights.length}`;
    const { reference, data } = writeExternalTensor(name, tensor, path);
    weights.push({ path, data });
    return reference;
  });
  return { bytes, weights };
}

function writeModel(graph: Graph, write: typeof writeTensor): Uint8Array {
  const proto: GraphProto = create(GraphProtoSchema, {
    name: "dreamreel",
    node: withOwnNames(graph.nodes).map(writeNode),
    initializer: [...graph.initializers].map(([name, tensor]) => write(name, tensor)),
    input: graph.inputs.map(writeValue),
    output: graph.outputs.map(writeOutput),
  });
  // IR version 8 belongs to opsets up to 18; every runtime in use reads it.
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "dreamreel",
    opsetImport: [{ domain: "", version: BigInt(graph.opset) }],
    graph: proto,
  });
  return toBinary(ModelProtoSchema, model);
}

/**
 * Rename nodes whose names collide: generated nodes may repeat a name of the file, which runtimes refuse. Value names
 * are already unique.
 */
function withOwnNames(nodes: readonly Node[]): Node[] {
  const taken = new Set<string>();
  return nodes.map((node) => {
    const name = taken.has(node.name) ? `${node.outputs[0]}/node` : node.name;
    taken.add(name);
    return { ...node, name };
  });
}

function readValue(proto: ValueInfoProto): ValueInfo {
  const kind = proto.type?.value.case === "tensorType" ? proto.type.value.value : undefined;
  const dims = kind?.shape?.dim.map((d, i): Dimension => {
    if (d.value.case === "dimValue" && d.value.value > 0n) return toWhole(d.value.value);
    return d.value.case === "dimParam" && d.value.value ? d.value.value : `d${i}`;
  });
  return {
    name: proto.name,
    type: toElementType(kind?.elemType ?? 1) ?? "float32",
    dims: dims ?? [],
  };
}

/**
 * An output without dimensions has any shape (it is not a scalar): it may be an inner value that other nodes read as
 * well.
 */
function writeOutput(info: ValueInfo): ValueInfoProto {
  if (info.dims.length > 0) return writeValue(info);
  const value = { elemType: toDataType(info.type) };
  return create(ValueInfoProtoSchema, {
    name: info.name,
    type: { value: { case: "tensorType", value } },
  });
}

function writeValue(info: ValueInfo): ValueInfoProto {
  const dim = info.dims.map((d) => ({
    value:
      typeof d === "number"
        ? { case: "dimValue" as const, value: BigInt(d) }
        : { case: "dimParam" as const, value: d },
  }));
  return create(ValueInfoProtoSchema, {
    name: info.name,
    type: {
      value: { case: "tensorType", value: { elemType: toDataType(info.type), shape: { dim } } },
    },
  });
}
