/**
 * ONNX graphs as plain values, independent of files, runtimes and networks. Reference: the ONNX IR,
 * https://onnx.ai/onnx/repo-docs/IR.html
 */

export type ElementType =
  | "float32"
  | "float16"
  | "float64"
  | "int32"
  | "int64"
  | "uint8"
  | "int8"
  | "bool";

/** A dense array in row-major order. float16 is stored as raw bits. */
export type Tensor =
  | { readonly type: "float32"; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: "float16"; readonly dims: readonly number[]; readonly data: Uint16Array }
  | { readonly type: "float64"; readonly dims: readonly number[]; readonly data: Float64Array }
  | { readonly type: "int32"; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: "int64"; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: "int8"; readonly dims: readonly number[]; readonly data: Int8Array }
  | {
      readonly type: "uint8" | "bool";
      readonly dims: readonly number[];
      readonly data: Uint8Array;
    };

export type FloatTensor = Extract<Tensor, { type: "float32" }>;

export type Attribute = number | string | readonly number[] | readonly string[] | Tensor;

/** One operation. An empty string among `inputs` or `outputs` is an omitted optional. */
export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** ONNX domain; "" is the standard one. */
  readonly domain?: string;
  /** Height and width of the only picture size that this node supports, if the exporter fixed it. */
  readonly exportedFor?: readonly number[];
}

/** A fixed length, or the name of a dynamic one. */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
}

export interface Graph {
  /** In execution order. */
  readonly nodes: readonly Node[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Version of the standard operator set. */
  readonly opset: number;
}

/** A float32 tensor; without `data` it is zeros. */
export function floatTensor(
  dims: readonly number[],
  data?: Float32Array | readonly number[],
): FloatTensor {
  const size = dims.reduce((a, b) => a * b, 1);
  return { type: "float32", dims, data: data ? Float32Array.from(data) : new Float32Array(size) };
}

/** An int64 tensor, of one dimension unless `dims` says otherwise. Throws a `RangeError` for fractions. */
export function intTensor(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor {
  // The bound for "to the end" may exceed 64 bits after conversion to a number and would wrap around.
  const bound = (v: number): number => Math.min(Math.max(v, -(2 ** 62)), 2 ** 62);
  return { type: "int64", dims, data: BigInt64Array.from(values, (v) => BigInt(bound(v))) };
}
