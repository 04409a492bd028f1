import type { Neighbour } from "../../flow/between.ts";
import type { Move, Path } from "../../flow/paths.ts";
import type { Frame } from "../../frame.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import type { DeviceTensor } from "../../runtime/device-tensor.ts";
import { type KeptFrames, readFrame } from "../../runtime/pictures.ts";
import { Scope, scoped } from "../../runtime/scope.ts";
import type { Scene } from "../../scene/scene.ts";
import {
  type FrameStep,
  matteOf,
  type RenderState,
  type StepTools,
  stepFrame,
} from "./frame-step.ts";
import { haveFlow, movesOf, type Passed, pathBack, pathForth } from "./moves.ts";

/** One frame of a gap. */
export type GapFrame = Pick<FrameStep, "inputs" | "index" | "parameters" | "colors">;

export interface GapOptions {
  /** The dreamed frame before; without it, the gap is a single frame that starts from the source. */
  readonly state: RenderState | undefined;
  /** The frames since then; the last is dreamed, those before are carried. */
  readonly frames: readonly GapFrame[];
  readonly shot: Scene;
}

/** The frames from one dreamed frame to the next. */
export class Gap {
  readonly #options: GapOptions;
  readonly #passed: readonly Passed[];
  readonly #tools: StepTools;
  readonly #kept: KeptFrames;
  readonly #scope = new Scope();
  #moves: Promise<readonly Move[]> | undefined;

  constructor(options: GapOptions, tools: StepTools, kept: KeptFrames) {
    this.#options = options;
    this.#tools = tools;
    this.#kept = kept;
    this.#passed = options.frames.map(({ inputs: { source }, parameters }) => ({
      source,
      parameters,
    }));
  }

  /** Dream the last frame. `carries`: whether frames before it are made too. Throws `INTERRUPTED`. */
  async dream(carries: boolean): Promise<RenderState> {
    const { state, frames, shot } = this.#options;
    const moves = state && carries ? await this.#move(state) : undefined;
    const step = {
      ...frames.at(-1)!,
      state,
      since: this.#passed,
      shot,
      moves,
    };
    return stepFrame(step, this.#tools, this.#kept);
  }

  /** Carry frame `i` of the gap from the dreamed frames on both sides, of which `end` is the last. */
  async between(i: number, end: RenderState): Promise<Frame> {
    const { frames, state } = this.#options;
    const { paths, between, signal } = this.#tools;
    const kept = this.#kept;
    throwIfInterrupted(signal);
    const before = state!;
    const moves = await this.#move(before);
    const { inputs, parameters } = frames[i]!;
    const { feedback, motion } = parameters;
    const own = { ...inputs, parameters };
    const isShared = [before, end, own].some((one) => one.matte || one.parameters.mix !== 1);
    return scoped(async (scope) => {
      const neighbour = async (frame: RenderState, path: Path): Promise<Neighbour> => ({
        output: await kept.get(frame.output),
        source: await kept.get(frame.source),
        path,
        ...(isShared ? { share: await this.#share(scope, frame) } : {}),
      });
      const picture = await between.mix(
        scope,
        await neighbour(before, await pathBack(scope, moves.slice(0, i + 1), paths, before.source)),
        await neighbour(end, await pathForth(scope, moves.slice(i + 1), paths, before.source)),
        {
          source: await kept.get(inputs.source),
          ...(isShared ? { share: await this.#share(scope, own) } : {}),
          at: (i + 1) / frames.length,
          // What follows the source, or lies on it, moves as the source does.
          ownSource: feedback.mode === "residual" || haveFlow(moves) ? 1 : 1 - feedback.amount,
          border: motion.border,
        },
      );
      return readFrame(picture);
    });
  }

  /** The share of the dream in a frame. */
  async #share(
    scope: Scope,
    { source, matte, parameters }: Omit<RenderState, "output">,
  ): Promise<DeviceTensor> {
    const own = await matteOf({ shot: this.#options.shot, parameters }, matte, this.#kept);
    return this.#tools.mixer.share(scope, source, parameters.mix, own);
  }

  dispose(): void {
    this.#scope.dispose();
  }

  #move({ source }: RenderState): Promise<readonly Move[]> {
    this.#moves ??= movesOf(this.#scope, source, this.#passed, this.#tools, this.#kept);
    return this.#moves;
  }
}
