import { create } from "@bufbuild/protobuf";
import {
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { DreamError } from "../../errors.ts";
import type { ElementType, Tensor } from "../graph.ts";

const typeNumbers: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
};

const bytesOf: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  int32: 4,
  int64: 8,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Highest rank of a tensor; networks use at most five. */
export const highestRank = 16;
/** Most values in one tensor: eight gigabytes of float32. */
export const maxValues = 2 ** 31;

/** The ONNX number of an element type. */
export function toDataType(type: ElementType): TensorProto_DataType {
  return typeNumbers[type];
}

/** The element type of an ONNX number, or undefined if it is not supported. */
export function toElementType(number: number): ElementType | undefined {
  return (Object.keys(typeNumbers) as ElementType[]).find((type) => typeNumbers[type] === number);
}

/** Reads bytes of an external data file: `location` is relative to the network's folder. Throws `MODEL_INVALID`. */
export type ExternalReader = (location: string, offset: number, length: number) => Uint8Array;

/** Read a tensor from any of ONNX's storage forms. Throws `MODEL_INVALID`, `MODEL_UNSUPPORTED_OP`. */
export function readTensor(proto: TensorProto, external?: ExternalReader): Tensor {
  const type = toElementType(proto.dataType);
  const dims = proto.dims.map(Number);
  if (!type)
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `tensor "${proto.name}" has element type ${proto.dataType}, which is not supported`,
    );
  const size = dims.reduce((a, b) => a * b, 1);
  if (dims.length > highestRank || dims.some((d) => d < 0) || !(size <= maxValues)) {
    throw new DreamError(
      "MODEL_INVALID",
      `tensor "${proto.name}" has the invalid shape [${dims.slice(0, highestRank).join(", ")}]`,
    );
  }
  const outside = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
  const raw = outside ? readExternal(proto, size * bytesOf[type], external) : proto.rawData;
  const tensor = {
    type,
    dims,
    data: outside || raw.length > 0 ? fromRaw(type, raw) : fromFields(type, proto),
  } as Tensor;
  if (tensor.data.length !== size) {
    throw new DreamError(
      "MODEL_INVALID",
      `tensor "${proto.name}" holds ${tensor.data.length} values, but its shape [${dims.join(", ")}] needs ${size}`,
    );
  }
  return tensor;
}

function readExternal(
  proto: TensorProto,
  length: number,
  external: ExternalReader | undefined,
): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (!external || !location) {
    throw new DreamError(
      "MODEL_INVALID",
      `tensor "${proto.name}" is stored in another file, but the network does not name that file`,
      { hint: "Open the network from its file, with its data files in the same folder." },
    );
  }
  const said = entries.get("length");
  if (said !== undefined && Number(said) !== length) {
    throw new DreamError(
      "MODEL_INVALID",
      `tensor "${proto.name}" has ${said} bytes in ${location}, but its shape needs ${length}`,
    );
  }
  return external(location, Number(entries.get("offset") ?? 0), length);
}

function fromRaw(type: ElementType, raw: Uint8Array): Tensor["data"] {
  // Copy: the bytes of a file need not be aligned, and the file's buffer can then be freed.
  const { buffer } = new Uint8Array(raw);
  switch (type) {
    case "float32":
      return new Float32Array(buffer, 0, raw.length >> 2);
    case "float16":
      return new Uint16Array(buffer, 0, raw.length >> 1);
    case "float64":
      return new Float64Array(buffer, 0, raw.length >> 3);
    case "int32":
      return new Int32Array(buffer, 0, raw.length >> 2);
    case "int64":
      return new BigInt64Array(buffer, 0, raw.length >> 3);
    case "int8":
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

function fromFields(type: ElementType, proto: TensorProto): Tensor["data"] {
  switch (type) {
    case "float32":
      return Float32Array.from(proto.floatData);
    case "float64":
      return Float64Array.from(proto.doubleData);
    case "int64":
      return BigInt64Array.from(proto.int64Data);
    case "int32":
      return Int32Array.from(proto.int32Data);
    case "float16":
      return Uint16Array.from(proto.int32Data);
    case "int8":
      return Int8Array.from(proto.int32Data);
    default:
      return Uint8Array.from(proto.int32Data);
  }
}

/** The tensor as ONNX stores it. */
export function writeTensor(name: string, tensor: Tensor): TensorProto {
  return create(TensorProtoSchema, { ...described(name, tensor), rawData: bytesIn(tensor) });
}

/** The tensor as a reference to a file of its own at `location`, and the file's bytes: the tensor's memory. */
export function writeExternalTensor(
  name: string,
  tensor: Tensor,
  location: string,
): { readonly reference: TensorProto; readonly data: Uint8Array } {
  const reference = create(TensorProtoSchema, {
    ...described(name, tensor),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [create(StringStringEntryProtoSchema, { key: "location", value: location })],
  });
  return { reference, data: bytesIn(tensor) };
}

function described(
  name: string,
  { type, dims }: Tensor,
): Pick<TensorProto, "name" | "dataType" | "dims"> {
  return { name, dataType: toDataType(type), dims: dims.map(BigInt) };
}

function bytesIn({ data }: Tensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}
