/** Nodes and their attributes to protocol buffers and back. */
import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  NodeProtoSchema,
} from "onnx-buf";
import { DreamError } from "../../errors.ts";
import type { Attribute, Node } from "../graph.ts";
import { readTensor, writeTensor } from "./tensor.ts";

const text = new TextEncoder();
const fromText = new TextDecoder();

/** Throws `MODEL_INVALID` for an attribute without a value, `MODEL_UNSUPPORTED_OP` for control flow. */
export function readNode(proto: NodeProto): Node {
  return {
    op: proto.opType,
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(proto.attribute.map((a) => [a.name, readAttribute(a, proto)])),
    ...(proto.domain && proto.domain !== "ai.onnx" ? { domain: proto.domain } : {}),
  };
}

function readAttribute(proto: AttributeProto, node: NodeProto): Attribute {
  switch (proto.type) {
    case Kind.FLOAT:
      return proto.f;
    case Kind.INT:
      return toWhole(proto.i);
    case Kind.STRING:
      return fromText.decode(proto.s);
    case Kind.FLOATS:
      return proto.floats;
    case Kind.INTS:
      return proto.ints.map(toWhole);
    case Kind.STRINGS:
      return proto.strings.map((s) => fromText.decode(s));
    case Kind.TENSOR:
      if (proto.t) return readTensor(proto.t);
      throw new DreamError(
        "MODEL_INVALID",
        `${node.opType} "${node.name}": attribute "${proto.name}" has no value`,
      );
    default:
      throw new DreamError(
        "MODEL_UNSUPPORTED_OP",
        `${node.opType} "${node.name}": attribute "${proto.name}" of kind ${Kind[proto.type]} is not supported`,
        {
          hint: "Networks with control flow (If, Loop, Scan) are not supported. Export the network without it.",
        },
      );
  }
}

export function writeNode(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    opType: node.op,
    name: node.name,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => writeAttribute(name, value)),
    domain: node.domain ?? "",
  });
}

/** Attributes that are floats even if their value is a whole number. */
const floatAttributes = new Set([
  "alpha",
  "beta",
  "bias",
  "epsilon",
  "gamma",
  "momentum",
  "lambd",
  "value_float",
  "cubic_coeff_a",
  "extrapolation_value",
  "ratio",
]);

function writeAttribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number") {
    const isFloat = floatAttributes.has(name) || !Number.isSafeInteger(value);
    return create(
      AttributeProtoSchema,
      isFloat ? { name, type: Kind.FLOAT, f: value } : { name, type: Kind.INT, i: BigInt(value) },
    );
  }
  if (typeof value === "string")
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: text.encode(value) });
  if ("data" in value)
    return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: writeTensor("", value) });
  const list: readonly (number | string)[] = value;
  if (list.length > 0 && list.every((v) => typeof v === "string")) {
    return create(AttributeProtoSchema, {
      name,
      type: Kind.STRINGS,
      strings: list.map((s) => text.encode(s)),
    });
  }
  const values = list.map(Number);
  const isFloats =
    name === "scales" || name === "value_floats" || values.some((v) => !Number.isSafeInteger(v));
  return create(
    AttributeProtoSchema,
    isFloats
      ? { name, type: Kind.FLOATS, floats: values }
      : { name, type: Kind.INTS, ints: values.map(BigInt) },
  );
}

/** Clamps the largest 64-bit value, which means "to the end", to a safe integer. */
export function toWhole(value: bigint): number {
  return Number(BigInt.asIntN(54, value) === value ? value : value > 0n ? wholeLimit : -wholeLimit);
}

const wholeLimit = BigInt(Number.MAX_SAFE_INTEGER);
