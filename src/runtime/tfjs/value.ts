import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { DreamError } from "../../errors.ts";
import type { Tensor as HostTensor } from "../../graph/graph.ts";
import type { Tfjs } from "./load.ts";

/** The axes of TensorFlow's NHWC that correspond to ONNX's NCHW. */
export const lastAxes: readonly number[] = [0, 3, 1, 2];
const toLast = [0, 2, 3, 1];
const toPlain = [0, 3, 1, 2];

/**
 * One value of a graph, in the layouts used so far: `plain` is ONNX's own; `last` is NHWC with four axes, which
 * TensorFlow.js convolves. Values from the host stay there too, so that shapes and axes are read without waiting for
 * a device.
 */
export class Value {
  readonly #tf: Tfjs;
  readonly #host: HostTensor | undefined;
  readonly #derived = new Map<string, Tensor>();
  #plain: Tensor | undefined;
  #last: Tensor4D | undefined;

  private constructor(tf: Tfjs, host?: HostTensor, plain?: Tensor, last?: Tensor4D) {
    this.#tf = tf;
    this.#host = host;
    this.#plain = plain;
    this.#last = last;
  }

  static ofHost(tf: Tfjs, host: HostTensor): Value {
    return new Value(tf, host);
  }

  static ofPlain(tf: Tfjs, tensor: Tensor): Value {
    return new Value(tf, undefined, tensor);
  }

  static ofLast(tf: Tfjs, tensor: Tensor): Value {
    return new Value(tf, undefined, undefined, tensor as Tensor4D);
  }

  /** Shape in ONNX's order. */
  get dims(): readonly number[] {
    if (this.#host) return this.#host.dims;
    if (this.#plain) return this.#plain.shape;
    const { shape } = this.#last!;
    return lastAxes.map((axis) => shape[axis]!);
  }

  /** Whether an NHWC copy exists. */
  get isLast(): boolean {
    return this.#last !== undefined;
  }

  get plain(): Tensor {
    this.#plain ??= this.#tf.keep(
      this.#last ? this.#tf.transpose(this.#last, toPlain) : this.#upload(),
    );
    return this.#plain;
  }

  /** The value as NHWC; fewer than four axes are extended as in ONNX broadcasting. */
  get last(): Tensor4D {
    if (this.#last) return this.#last;
    const { plain, dims } = this;
    const four = [...new Array(4 - dims.length).fill(1), ...dims];
    const full = dims.length < 4 ? this.#tf.reshape(plain, four) : plain;
    this.#last = this.#tf.keep(this.#tf.transpose(full, toLast)) as Tensor4D;
    return this.#last;
  }

  /** Its values on the host, in ONNX's order. */
  get data(): ArrayLike<number> {
    if (!this.#host) return this.plain.dataSync();
    const { data } = this.#host;
    return data instanceof BigInt64Array ? Array.from(data, Number) : data;
  }

  get integers(): readonly number[] {
    return Array.from(this.data);
  }

  /** All its tensors on the device. */
  get tensors(): Tensor[] {
    return [this.#plain, this.#last, ...this.#derived.values()].filter((t) => t !== undefined);
  }

  /** A tensor that depends only on this value, computed once per key. */
  derive(key: string, make: () => Tensor): Tensor {
    const known = this.#derived.get(key);
    if (known) return known;
    const made = this.#tf.keep(make());
    this.#derived.set(key, made);
    return made;
  }

  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
  }

  #upload(): Tensor {
    const { type, dims, data } = this.#host!;
    const shape = [...dims];
    switch (type) {
      case "float32":
        return this.#tf.tensor(data, shape, "float32");
      case "int64":
        return this.#tf.tensor(Int32Array.from(data, clampToInt32), shape, "int32");
      case "int32":
        return this.#tf.tensor(data, shape, "int32");
      case "bool":
        return this.#tf.tensor(data, shape, "bool");
      default:
        throw new DreamError(
          "MODEL_UNSUPPORTED_OP",
          `engine tfjs does not support values of type ${type}`,
          { hint: "Use engine: auto or cpu." },
        );
    }
  }
}

/** Clamps the largest int64, which often means "to the end". */
function clampToInt32(value: bigint): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value)));
}
