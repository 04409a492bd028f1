import { availableParallelism } from "node:os";
import PQueue from "p-queue";
import { DreamError } from "../errors.ts";
import type { Scene } from "../scene/scene.ts";
import type { RenderProgress } from "./progress.ts";
import { type RenderOptions, type RenderResult, renderScene } from "./render.ts";

export interface RenderManyOptions
  extends Omit<RenderOptions, "output" | "threads" | "onProgress"> {
  /** Scenes rendered at once; they share the processor's cores. */
  readonly jobs: number;
  readonly onProgress?: (scene: number, progress: RenderProgress) => void;
}

/** How one of several renders ended. */
export type RenderOutcome = { readonly result: RenderResult } | { readonly error: unknown };

/**
 * Render several scenes, `jobs` at once, each with its share of the cores. One that fails leaves the others alone; after
 * an interruption no other begins. Throws `USAGE` where two scenes have one output.
 */
export async function renderScenes(
  scenes: readonly Scene[],
  { jobs, onProgress, ...options }: RenderManyOptions,
): Promise<RenderOutcome[]> {
  const files = scenes.map((scene) => scene.output.file);
  const twice = files.find((file, i) => files.indexOf(file) < i);
  if (twice !== undefined) {
    throw new DreamError("USAGE", "two of the scenes have the same output", {
      where: twice,
      hint: "Give each scene an output.file of its own.",
    });
  }
  const threads = Math.max(1, Math.floor(availableParallelism() / Math.min(jobs, scenes.length)));
  const queue = new PQueue({ concurrency: jobs });
  const outcomes = scenes.map((scene, i) =>
    queue.add(async (): Promise<RenderOutcome> => {
      try {
        if (options.signal?.aborted) throw new DreamError("INTERRUPTED", "interrupted; not begun");
        const report = (progress: RenderProgress): void => onProgress?.(i, progress);
        return { result: await renderScene(scene, { ...options, threads, onProgress: report }) };
      } catch (error) {
        return { error };
      }
    }),
  );
  return Promise.all(outcomes);
}
