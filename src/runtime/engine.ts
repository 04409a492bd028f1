import type { Graph, Tensor } from "../graph/graph.ts";

export type EngineName = "cpu" | "webgpu" | "cuda" | "tfjs";

/** A graph made ready to run. */
export interface Session {
  /** Run once. Feeds and results by value name. Throws `SHAPE_MISMATCH` with both shapes. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** Runs graphs on one kind of device. */
export interface Engine {
  readonly name: EngineName;
  /** What runs the graphs, where the name leaves that open. */
  readonly backend?: string;
  /**
   * Compile `graph`. The caller disposes the session; disposing the engine disposes what is left. A `lean` session
   * gives its memory back after each run, which costs time.
   */
  load(graph: Graph, options?: { readonly lean?: boolean }): Promise<Session>;
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
