import PQueue from "p-queue";
import { DreamError } from "../../errors.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import type { Engine, EngineName } from "../../runtime/engine.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { shareEngine } from "../../runtime/select/shared-engine.ts";
import type { Scene } from "../../scene/scene.ts";
import type { RenderProgress } from "../forecast/progress.ts";
import { Scheduler } from "../parallel/scheduler.ts";
import { outputOf } from "../plan/output-name.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { sidecarOf } from "../recipe/stored-recipe.ts";
import { type RenderOptions, type RenderResult, renderScheduled } from "./render.ts";

export interface RenderManyOptions extends Omit<RenderOptions, "output" | "onProgress"> {
  /** Scenes, and shots of them on the CPU, rendered at once; they share `threads`. */
  readonly jobs: number;
  readonly onProgress?: (scene: number, progress: RenderProgress) => void;
}

/** How one of several renders ended. */
export type RenderOutcome = { readonly result: RenderResult } | { readonly error: unknown };

/**
 * Render several scenes, `jobs` at once: each with its share of the cores, or all on the one GPU. On the CPU so many shots of
 * theirs go on at once where there are fewer scenes. They wait for one another where memory does not suffice for all. One that
 * fails leaves the others alone; after an interruption no other begins. Throws `USAGE` where two scenes have one
 * output, `OUTPUT_EXISTS` where one's would replace what another is made from.
 */
export async function renderScenes(
  scenes: readonly Scene[],
  { jobs, onProgress, ...options }: RenderManyOptions,
): Promise<RenderOutcome[]> {
  const files = scenes.map((scene) => outputOf(scene, options.preview));
  const twice = files.find((file, i) => files.indexOf(file) < i);
  if (twice !== undefined) {
    throw new DreamError("USAGE", "two of the scenes have the same output", {
      where: twice,
      hint: "Give each scene an output.file of its own.",
    });
  }
  // What one reads while another writes it would be neither the old nor the new.
  for (const [i, scene] of scenes.entries()) {
    const others = files.filter((_, j) => j !== i);
    await refuseInputs(scene, ...others.flatMap((file) => [file, sidecarOf(file)]));
  }
  const pieces = scenes.reduce((sum, { shots = [0] }) => sum + shots.length, 0);
  const scheduler = new Scheduler(jobs, pieces, options);
  const engines = new SharedEngines(options.engine);
  // A scene that is open waits with its networks in memory: no more are open than can go on.
  const queue = new PQueue({ concurrency: scheduler.maxAtOnce });
  const outcomes = scenes.map((scene, i) =>
    queue.add(async (): Promise<RenderOutcome> => {
      try {
        throwIfInterrupted(options.signal, "interrupted; not begun");
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

/** Engines for scenes: one device for all that use it. On the CPU each compiles for threads of its own. */
class SharedEngines {
  readonly #wanted: RenderOptions["engine"];
  readonly #engines = new Map<"auto" | EngineName, Promise<Engine>>();

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
    // What failed to start was told to the scenes that wanted it.
    for (const engine of await Promise.allSettled(this.#engines.values()))
      if (engine.status === "fulfilled") await engine.value.dispose();
  }
}
