import type { Graph, Tensor } from "../graph/graph.ts";
import type { DeviceTensor } from "./device-tensor.ts";
import type { Scope } from "./scope.ts";

export type EngineName = "cpu" | "webgpu" | "cuda" | "tfjs";

export type Feed = Tensor | DeviceTensor;

/** A graph made ready to run, its results in the program's memory. */
export interface Session {
  /** Run once. Feeds and results by value name. Throws `SHAPE_MISMATCH` with both shapes. */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** A graph made ready to run, its results, all of them float32, on the device. */
export interface DeviceSession {
  /** As `Session.run`; the results belong to `scope`. */
  run(
    scope: Scope,
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<Readonly<Record<string, DeviceTensor>>>;
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /** Give the memory back after each run, which costs time. */
  readonly releaseAfterRun?: boolean;
}

/** How graphs are computed on the CPU. */
export interface CpuOptions {
  /** Threads that compute one graph, by default as many as there are cores. */
  readonly threads?: number;
  /**
   * Compute in a worker thread, so that engines compute at once; else on the thread that asks, and engines of one thread
   * take turns.
   */
  readonly worker?: boolean;
}

/** Runs graphs on one kind of device. */
export interface Engine {
  readonly name: EngineName;
  /** What runs the graphs, where the name leaves that open. */
  readonly backend?: string;
  /** Compile `graph`. The caller disposes the session; disposing the engine disposes what is left. */
  load(graph: Graph, options?: LoadOptions): Promise<Session>;
  /** `load`, for results that the next graph takes: nothing is copied back. */
  loadOnDevice(graph: Graph, options?: LoadOptions): Promise<DeviceSession>;
  /** Bring values to the device. The array may be kept: it is not to be changed. */
  upload(scope: Scope, dims: readonly number[], data: Float32Array): Promise<DeviceTensor>;
  /** Tensors on the device that nobody has disposed; always 0 where they are arrays. */
  readonly openTensors: number;
  dispose(): Promise<void>;
}

/** The engine as users read it: `tfjs (wasm)`. */
export function engineTitle({ name, backend }: Engine): string {
  return backend === undefined ? name : `${name} (${backend})`;
}

/** Whether what works on pictures of this size had better not keep its memory. */
export function isLarge(height: number, width: number): boolean {
  return height * width > 1_500_000;
}
