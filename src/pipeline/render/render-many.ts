import PQueue from "p-queue";
import type { EngineChoice } from "../../choices.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import { outputPath } from "../../output.ts";
import type { Engine } from "../../runtime/engine.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { shareEngine } from "../../runtime/select/shared-engine.ts";
import type { Scene } from "../../scene/scene.ts";
import type { RenderProgress } from "../forecast/progress.ts";
import { Scheduler } from "../parallel/scheduler.ts";
import { outputOf, refuseEqualOutputs } from "../plan/output-name.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { sidecarOf } from "../recipe/stored-recipe.ts";
import { renderScheduled } from "./render.ts";
import type { RenderOptions, RenderResult } from "./render-options.ts";

export interface RenderManyOptions extends Omit<RenderOptions, "output" | "onProgress"> {
  /** Scenes, and on the CPU their shots, to render in parallel; they share `threads`. */
  readonly jobs: number;
  readonly onProgress?: (scene: number, progress: RenderProgress) => void;
}

/** Outcome of one of several renders. */
export type RenderOutcome = { readonly result: RenderResult } | { readonly error: unknown };

/**
 * Render several scenes, `jobs` at once: each with its share of the cores, or all on one GPU. If there are fewer
 * scenes on the CPU, that many of their shots run in parallel. Scenes wait if memory does not suffice for all. A
 * failure does not stop other scenes; after an interruption no further scene starts. Throws `USAGE` if two scenes
 * have one output, `OUTPUT_EXISTS` if an output would replace an input of another scene.
 */
export async function renderScenes(
  scenes: readonly Scene[],
  { jobs, onProgress, ...options }: RenderManyOptions,
): Promise<RenderOutcome[]> {
  const files = scenes.map((scene) => outputPath(outputOf(scene, options.preview)));
  refuseEqualOutputs(files);
  // A file that is read while another render writes it would be inconsistent.
  for (const [i, scene] of scenes.entries()) {
    const others = files.filter((_, j) => j !== i);
    await refuseInputs(scene, ...others.flatMap((file) => [file, sidecarOf(file)]));
  }
  const pieces = scenes.reduce((sum, { shots = [0] }) => sum + shots.length, 0);
  const scheduler = new Scheduler(jobs, pieces, options);
  const engines = new SharedEngines(options.engine);
  // Waiting scenes hold their networks in memory: open only as many as can run.
  const queue = new PQueue({ concurrency: scheduler.maxAtOnce });
  const outcomes = scenes.map((scene, i) =>
    queue.add(async (): Promise<RenderOutcome> => {
      try {
        throwIfInterrupted(options.signal, "interrupted; not started");
        const report = (progress: RenderProgress): void => onProgress?.(i, progress);
        const engine = await engines.of(scene);
        const own = { ...options, engine, onProgress: report };
        return { result: await renderScheduled(scheduler, scene, own) };
      } catch (error) {
        return { error };
      }
    }),
  );
  try {
    return await Promise.all(outcomes);
  } finally {
    await engines.dispose();
  }
}

/** Engines for scenes: one shared device per GPU engine; on the CPU, each scene has its own threads. */
class SharedEngines {
  readonly #wanted: RenderOptions["engine"];
  readonly #engines = new Map<EngineChoice, Promise<Engine>>();

  constructor(wanted: RenderOptions["engine"]) {
    this.#wanted = wanted;
  }

  async of(scene: Scene): Promise<"cpu" | Engine> {
    const wanted = this.#wanted ?? scene.engine;
    if (wanted === "cpu") return wanted;
    if (typeof wanted !== "string") return shareEngine(wanted);
    const known = this.#engines.get(wanted) ?? selectEngine(wanted);
    this.#engines.set(wanted, known);
    const engine = await known;
    return engine.name === "cpu" ? "cpu" : shareEngine(engine);
  }

  async dispose(): Promise<void> {
    // Start-up errors were already reported by the scenes that needed the engine.
    for (const engine of await Promise.allSettled(this.#engines.values()))
      if (engine.status === "fulfilled") await engine.value.dispose();
  }
}
