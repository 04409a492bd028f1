/** Tensors in the memory of a WebGPU device. */
import type * as ort from "onnxruntime-node";
import { DreamError } from "../../errors.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { FloatTensor, Graph } from "../../graph/graph.ts";
import type { DeviceTensor } from "../device-tensor.ts";
import type { Scope } from "../scope.ts";
import type { RawSession } from "./raw-session.ts";

export class OrtTensor implements DeviceTensor {
  readonly dims: readonly number[];
  readonly #value: ort.Tensor;
  readonly #memory: DeviceMemory;
  #disposed = false;

  constructor(value: ort.Tensor, memory: DeviceMemory) {
    this.dims = value.dims;
    this.#value = value;
    this.#memory = memory;
  }

  /** The tensor to feed. Throws `INTERNAL` after disposal: the runtime would crash. */
  get value(): ort.Tensor {
    if (this.#disposed) {
      throw new DreamError("INTERNAL", `a tensor [${this.dims.join(", ")}] is used after disposal`);
    }
    return this.#value;
  }

  read(): Promise<Float32Array> {
    return this.#memory.read(this);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#memory.forget(this);
    this.#value.dispose();
  }
}

type Create = (graph: Graph, location: "cpu" | "gpu-buffer") => Promise<RawSession>;

/**
 * Copies tensors to and from the device and tracks those on it. onnxruntime-node has no copy functions, so it runs a
 * graph that copies.
 */
export class DeviceMemory {
  readonly #create: Create;
  readonly #open = new Set<OrtTensor>();
  readonly #copies = new Map<string, Promise<RawSession>>();

  constructor(create: Create) {
    this.#create = create;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Transfer the results of a run to `scope`. */
  keep(scope: Scope, results: Readonly<Record<string, ort.Tensor>>): Record<string, DeviceTensor> {
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => {
        const tensor = new OrtTensor(value, this);
        this.#open.add(tensor);
        return [name, scope.own(tensor)];
      }),
    );
  }

  async upload(scope: Scope, dims: readonly number[], data: Float32Array): Promise<DeviceTensor> {
    const x: FloatTensor = { type: "float32", dims, data };
    const session = await this.#copy(dims.length, "gpu-buffer");
    return this.keep(scope, await session.run({ x })).y!;
  }

  async read(tensor: OrtTensor): Promise<Float32Array> {
    const session = await this.#copy(tensor.dims.length, "cpu");
    return (await session.run({ x: tensor })).y!.data as Float32Array;
  }

  forget(tensor: OrtTensor): void {
    this.#open.delete(tensor);
  }

  dispose(): void {
    for (const tensor of this.#open) tensor.dispose();
  }

  #copy(rank: number, location: "cpu" | "gpu-buffer"): Promise<RawSession> {
    const key = `${rank} ${location}`;
    const known = this.#copies.get(key);
    if (known) return known;
    const b = new GraphBuilder();
    const dims = Array.from({ length: rank }, (_, i) => `d${i}`);
    b.output(b.op("Identity", [b.input("x", dims)], {}, "y"), dims);
    const session = this.#create(b.build(), location);
    this.#copies.set(key, session);
    return session;
  }
}
