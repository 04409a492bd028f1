import type { Scene } from "../../scene/scene.ts";
import { isSeenAlone, type RenderPlan } from "../plan.ts";
import type { PreparedRender, PrepareOptions } from "../prepare.ts";
import { CarriedStates } from "./carried-states.ts";
import { FinishedFrames } from "./finished-frames.ts";
import { FrameKeys } from "./frame-keys.ts";
import { SceneFiles } from "./scene-files.ts";
import { type Leave, WorkFolder } from "./work-folder.ts";

export interface WorkOptions extends PrepareOptions {
  readonly fresh?: boolean;
  /** Whether shots are dreamed ahead of the film: what of them is seen together is kept until it is mixed. */
  readonly ahead?: boolean;
}

/** All that is kept of a render until it is done. */
export class RenderWork {
  readonly frames: FinishedFrames;
  readonly files: SceneFiles;
  readonly #states: readonly CarriedStates[];
  readonly #folder: WorkFolder;
  readonly #plan: RenderPlan;
  /** Frames outside of this run's, which another is going to want. */
  readonly #others: boolean;

  private constructor(
    folder: WorkFolder,
    keys: FrameKeys,
    files: SceneFiles,
    { plan }: PreparedRender,
    ahead: boolean,
  ) {
    this.#folder = folder;
    this.#plan = plan;
    this.files = files;
    this.frames = new FinishedFrames(folder, plan.size, (index) => keys.ofFilm(index));
    this.#states = plan.shots.map(
      (_, shot) =>
        new CarriedStates(folder, {
          shot,
          size: plan.size,
          fps: plan.fps,
          keyOf: (frame) => keys.ofShot(shot, frame),
          ...(ahead ? { lasting: (frame) => !isSeenAlone(plan, shot, frame) } : {}),
        }),
    );
    this.#others = folder.frameNumbers().some((index) => index < plan.first || index > plan.last);
  }

  /** Throws what `WorkFolder.open` and `SceneFiles.read` throw. */
  static async open(
    scene: Scene,
    file: string,
    prepared: PreparedRender,
    options: WorkOptions,
  ): Promise<RenderWork> {
    const { preview = false, fresh = false, ahead = false } = options;
    const folder = await WorkFolder.open(file, { preview, fresh });
    try {
      const files = await SceneFiles.read(scene);
      const keys = FrameKeys.of(prepared, files, options);
      return new RenderWork(folder, keys, files, prepared, ahead);
    } catch (error) {
      await folder.close("all");
      throw error;
    }
  }

  get path(): string {
    return this.#folder.path;
  }

  /** Carried pictures of a shot, by its number. */
  states(shot: number): CarriedStates {
    return this.#states[shot]!;
  }

  /** Number of wanted frames that are there. */
  keptFrames({ first, last }: RenderPlan): number {
    let kept = 0;
    for (let index = first; index <= last; index++) if (this.frames.has(index)) kept++;
    return kept;
  }

  /** Keep a finished frame. Throws `SOURCE_CHANGED`, `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async keep(index: number, pixels: Uint8Array): Promise<number> {
    await this.files.check();
    return this.frames.save(index, pixels);
  }

  /** What to leave behind once the output is complete: nothing that only an unfinished render needs. */
  whenDone({ output }: Scene): Leave {
    const { first, last, frames } = this.#plan;
    const part = first > 0 || last < frames - 1;
    if (part && this.#others) return "all";
    return output.keepFrames ? "current" : "nothing";
  }

  async close(leave: Leave): Promise<void> {
    for (const states of this.#states) await states.settle();
    await this.#folder.close(leave);
  }
}
