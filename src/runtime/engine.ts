import type { EngineName } from "../choices.ts";
import type { Graph, Tensor } from "../graph/graph.ts";
import type { DeviceTensor } from "./device-tensor.ts";
import type { Scope } from "./scope.ts";

export type Feed = Tensor | DeviceTensor;

/** A compiled graph whose results are in the program's memory. */
export interface Session {
  /** Run once. Feeds and results by value name. Throws `SHAPE_MISMATCH` with both shapes. */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** A compiled graph whose results stay on the device. All results are float32. */
export interface DeviceSession {
  /** Like `Session.run`, but `scope` owns the results. */
  run(
    scope: Scope,
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<Readonly<Record<string, DeviceTensor>>>;
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /** Release the memory after each run. This makes runs slower. */
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
  /** The backend in use, if the name does not determine it. */
  readonly backend?: string;
  /** Compile `graph`. The caller disposes the session; disposing the engine disposes the remaining ones. */
  load(graph: Graph, options?: LoadOptions): Promise<Session>;
  /** Like `load`, for results that feed another graph: they are not copied back. */
  loadOnDevice(graph: Graph, options?: LoadOptions): Promise<DeviceSession>;
  /** Copy values to the device. The engine may keep the array: do not modify it afterwards. */
  upload(scope: Scope, dims: readonly number[], data: Float32Array): Promise<DeviceTensor>;
  /** Number of tensors on the device that are not disposed; always 0 for engines whose tensors are arrays. */
  readonly openTensors: number;
  dispose(): Promise<void>;
}

/** The engine's name for users: `tfjs (wasm)`. */
export function engineTitle({ name, backend }: Engine): string {
  return backend === undefined ? name : `${name} (${backend})`;
}

/** Whether sessions for pictures of this size should release their memory after each run. */
export function isLarge(height: number, width: number): boolean {
  return height * width > 1_500_000;
}
