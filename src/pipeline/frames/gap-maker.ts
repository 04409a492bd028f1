import type { Frame } from "../../frame.ts";
import type { KeptFrames } from "../../runtime/pictures.ts";
import type { LoopSeam } from "../plan/loop.ts";
import type { ShotPlan } from "../plan/shot-plan.ts";
import type { CutFinder } from "./cut-finder.ts";
import type { RenderState, StepTools } from "./frame-step.ts";
import { Gap, type GapFrame } from "./gap.ts";
import type { ShotCheckpoints } from "./to-make.ts";

/** A frame whose inputs have been read. */
export interface ReadFrame extends GapFrame {
  /** Whether it is the first after a scene cut. */
  readonly cut: boolean;
}

/** Frames after a dreamed one, up to the next. */
interface ReadGap {
  readonly frames: readonly ReadFrame[];
  /** Whether any of its frames is made, or a later one goes on from it. */
  readonly needed: boolean;
}

/**
 * Frames up to a dreamed one, divided at scene cuts: the last frame before a cut is dreamed too, and the first after it,
 * which starts from its source.
 */
export function gapsIn(
  frames: readonly ReadFrame[],
  isMade: (frame: number) => boolean,
): ReadGap[] {
  const gaps: ReadFrame[][] = [];
  for (const frame of frames) {
    const open = gaps.at(-1);
    if (!open || frame.cut || open[0]!.cut) gaps.push([frame]);
    else open.push(frame);
  }
  const makes = gaps.map((gap) => gap.some(({ index }) => isMade(index)));
  return gaps.map((gap, i) => {
    const next = gaps[i + 1];
    const leads = gap[0]!.cut && next !== undefined && !next[0]!.cut && makes[i + 1]!;
    return { frames: gap, needed: makes[i]! || leads };
  });
}

export interface GapMakerOptions {
  readonly shot: ShotPlan["shot"];
  readonly isMade: (frame: number) => boolean;
  readonly checkpoints: ShotCheckpoints | undefined;
  readonly seam: LoopSeam;
  readonly cuts: CutFinder;
}

/** Makes the frames of a shot gap by gap, in order, and keeps what a later run resumes from. */
export class GapMaker {
  readonly #options: GapMakerOptions;
  readonly #tools: StepTools;
  readonly #kept: KeptFrames;
  /** Of the last frame of the gap before; undefined at the start, and if it was not needed. */
  #state: RenderState | undefined;

  constructor(options: GapMakerOptions, tools: StepTools, kept: KeptFrames) {
    this.#options = options;
    this.#tools = tools;
    this.#kept = kept;
  }

  /** Skip a frame whose inputs are not read. */
  async pass(frame: number): Promise<void> {
    const { checkpoints, seam } = this.#options;
    if (seam.needs(frame) && checkpoints?.has(frame))
      seam.remember(await checkpoints.load(frame), frame);
  }

  /**
   * The frames of a gap; undefined for those that are not made. `earlier`: the frame before the gap.
   * Throws `INTERRUPTED`.
   */
  async *make(
    { frames, needed }: ReadGap,
    earlier: GapFrame | undefined,
  ): AsyncGenerator<Frame | undefined, void> {
    const { shot, isMade, checkpoints, seam } = this.#options;
    const [{ index: first, cut }, last] = [frames[0]!, frames.at(-1)!];
    if (cut || !needed) this.#state = undefined;
    else if (!this.#state && earlier && checkpoints?.has(first - 1))
      this.#state = stateOf(earlier, await checkpoints.load(first - 1));
    const gap = new Gap({ state: this.#state, frames, shot }, this.#tools, this.#kept);
    try {
      const end = needed ? await this.#end(gap, frames) : undefined;
      for (const [i, { index }] of frames.entries()) {
        if (index === last.index) break;
        if (isMade(index)) {
          const output = await gap.between(i, end!);
          seam.remember(output, index);
          if (checkpoints?.isLasting(index)) await checkpoints.save(index, output);
          yield output;
        } else {
          await this.pass(index);
          yield undefined;
        }
      }
      this.#state = end;
      if (end) {
        seam.remember(end.output, last.index);
        this.#kept.keepOnly(end.output, end.source, last.inputs.matte);
      } else await this.pass(last.index);
      yield isMade(last.index) ? end?.output : undefined;
    } finally {
      gap.dispose();
    }
  }

  /** The last frame of a needed gap: dreamed, or a checkpoint. */
  async #end(gap: Gap, frames: readonly ReadFrame[]): Promise<RenderState> {
    const { isMade, checkpoints, seam, cuts } = this.#options;
    const last = frames.at(-1)!;
    const { index } = last;
    if (!isMade(index) && checkpoints?.has(index))
      return stateOf(last, await checkpoints.load(index));
    const carries = frames.some((frame) => frame.index < index && isMade(frame.index));
    const dreamed = await gap.dream(carries);
    const state = { ...dreamed, output: seam.pull(dreamed.output, index, frames.length) };
    await cuts.save();
    await checkpoints?.save(index, state.output);
    return state;
  }
}

function stateOf({ inputs: { source, matte }, parameters }: GapFrame, output: Frame): RenderState {
  return { output, source, matte, parameters };
}
