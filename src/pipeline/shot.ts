import PQueue from "p-queue";
import { DreamError } from "../errors.ts";
import { type ColorStatistics, measureColor } from "../flow/color.ts";
import { SceneCutDetector } from "../flow/scene-cut.ts";
import type { Frame } from "../frame.ts";
import { isLarge } from "../runtime/engine.ts";
import { type RenderState, type StepTools, stepFrame } from "./frame-step.ts";
import type { FrameInputs } from "./inputs.ts";
import { LoopSeam } from "./loop.ts";
import type { ShotPlan } from "./plan.ts";
import type { PreparedShot } from "./prepare.ts";

export interface ShotOptions {
  /** First and last frame to give, counted within the shot. */
  readonly from: number;
  readonly to: number;
  /** Dream at most this many frames before the first, even where feedback would need more. */
  readonly mostBefore?: number;
  readonly signal?: AbortSignal;
  /** Called after every dreamed frame. */
  readonly onDreamed?: () => void;
}

/** The frame of a shot that has to be dreamed first, so that `from` comes out as in a whole render. */
export function startOf({ lead, settle, at }: ShotPlan, { from, mostBefore }: ShotOptions): number {
  if (lead > 0) return -lead - settle;
  const least = mostBefore === undefined ? 0 : Math.max(0, from - mostBefore);
  let start = from;
  // A frame without feedback owes nothing to those before it.
  while (start > least && at(start).feedback.amount > 0) start--;
  return start;
}

/** Dream a shot frame by frame, decoding ahead. Ends early where the source does. Throws `INTERRUPTED`. */
export async function* dreamShot(
  { plan, dreamer, open }: PreparedShot,
  tools: Omit<StepTools, "dreamer">,
  options: ShotOptions,
): AsyncGenerator<Frame, void> {
  const { shot } = plan;
  const start = startOf(plan, options);
  const inputs = await open();
  const reading = new PQueue({ concurrency: 1 });
  const ahead: Promise<FrameInputs | undefined>[] = [];
  const { height, width } = inputs.size;
  const most = isLarge(height, width) ? 1 : 3;
  const readAhead = (): void => {
    while (ahead.length < most) {
      const next = reading.add(() => inputs.next());
      // A failure is met when its frame is awaited, not before.
      next.catch(() => {});
      ahead.push(next);
    }
  };
  try {
    const mayCut = !inputs.still && shot.feedback.sceneCut === "reset" && feedsBack(plan);
    const cuts = mayCut ? new SceneCutDetector(tools.flow) : undefined;
    const seam = new LoopSeam(plan.frames, plan.lead);
    let state: RenderState | undefined;
    let colors: ColorStatistics | undefined;
    for (let frame = -plan.lead - plan.settle; frame <= options.to; frame++) {
      readAhead();
      const input = await ahead.shift();
      if (!input) return;
      if (options.signal?.aborted)
        throw new DreamError("INTERRUPTED", "interrupted; nothing was left behind");
      // Frames that are skipped count too, so that a part comes out like the whole.
      const hurried = options.mostBefore !== undefined && frame < start;
      const cut = hurried ? false : await cuts?.next(input.source);
      if (shot.color.match === "first" && (cut || !colors)) colors = measureColor(input.source);
      if (frame < start) continue;
      if (cut) state = undefined;
      const step = await stepFrame(state, input, frame, plan.at(frame), shot, colors, {
        ...tools,
        dreamer,
      });
      state = { ...step, output: seam.pull(step.output, frame) };
      options.onDreamed?.();
      if (frame >= options.from) yield state.output;
    }
  } finally {
    reading.clear();
    await inputs.close();
  }
}

function feedsBack({ shot }: ShotPlan): boolean {
  return shot.feedback.amount.value !== 0;
}
