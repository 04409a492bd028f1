import PQueue from "p-queue";
import type { Frame } from "../../frame.ts";
import { throwIfInterrupted, unlessInterrupted } from "../../interrupt.ts";
import { isLarge } from "../../runtime/engine.ts";
import { KeptFrames } from "../../runtime/pictures.ts";
import type { Checkpoints } from "../cache/checkpoints.ts";
import type { FrameInputs, InputReader } from "../plan/inputs.ts";
import { LoopSeam } from "../plan/loop.ts";
import type { PreparedShot } from "../plan/prepare.ts";
import { parametersAt, type ShotPlan } from "../plan/shot-plan.ts";
import { CutFinder } from "./cut-finder.ts";
import { type RenderState, type StepTools, stepFrame } from "./frame-step.ts";

/** What a shot resumes from, and adds to. */
export interface ShotCheckpoints extends Pick<Checkpoints, "has" | "load" | "save"> {
  readonly cuts?: Checkpoints["cuts"] | undefined;
}

export interface ShotOptions {
  /** First and last requested frame, counted within the shot. */
  readonly from: number;
  readonly to: number;
  /** Most frames to dream before the first requested one, even if feedback needs more. */
  readonly maxBefore?: number;
  /** Whether a frame is requested; others are dreamed only if a later frame needs them. Default: all. */
  readonly wanted?: (frame: number) => boolean;
  /** Checkpoints of an earlier run; those of this run are added. */
  readonly checkpoints?: ShotCheckpoints;
  /** Whether a source that ends early repeats its last picture. */
  readonly hold?: boolean;
  readonly signal?: AbortSignal;
  /** Called after every dreamed frame. */
  readonly onDreamed?: () => void;
}

/**
 * The frames of a shot that must be dreamed so that the requested ones equal those of a whole render: with feedback,
 * also frames before them, back to a checkpoint. A frame with a checkpoint of its own is not dreamed. Frames beyond
 * the plan, of a clip that is longer than its container states, are not included, but are always dreamed.
 */
export function framesToDream(plan: ShotPlan, options: ShotOptions): Set<number> {
  const { from, to, maxBefore, wanted = () => true, checkpoints } = options;
  const { preRoll, warmUp, frames } = plan;
  const min = maxBefore === undefined ? Number.NEGATIVE_INFINITY : from - maxBefore;
  const dreamed = new Set<number>();
  let nextIsDreamed = to >= frames;
  let turnsIntoLead = false;
  for (let frame = Math.min(to, frames - 1); frame >= -preRoll - warmUp; frame--) {
    const known = checkpoints?.has(frame) ?? false;
    // A frame without feedback does not depend on earlier frames.
    const feeds =
      nextIsDreamed && !known && frame >= min && parametersAt(plan, frame + 1).feedback.amount > 0;
    const seam = turnsIntoLead && !known && frame < 0 && frame >= -preRoll;
    nextIsDreamed = (frame >= from && wanted(frame) && !known) || feeds || seam;
    if (nextIsDreamed) dreamed.add(frame);
    if (nextIsDreamed && preRoll > 0 && frame >= frames - preRoll) turnsIntoLead = true;
  }
  return dreamed;
}

/**
 * Dream a shot frame by frame and decode ahead; yields undefined for frames that are not requested. Ends early if the
 * source does. Throws `INTERRUPTED` within one step of a dream.
 */
export async function* dreamShot(
  { plan, dreamer, open }: PreparedShot,
  tools: Omit<StepTools, "dreamer">,
  options: ShotOptions,
): AsyncGenerator<Frame | undefined, void> {
  const { shot, preRoll, warmUp, frames } = plan;
  const { from, to, wanted = () => true, checkpoints, hold, signal } = options;
  const dreamed = framesToDream(plan, options);
  // A loop: there may be too many values for function arguments.
  let [first, last] = [Number.POSITIVE_INFINITY, to >= frames ? to : Number.NEGATIVE_INFINITY];
  if (to >= frames) first = frames;
  for (const frame of dreamed) {
    first = Math.min(first, frame);
    last = Math.max(last, frame);
  }
  const isDreamed = (frame: number): boolean => frame >= frames || dreamed.has(frame);
  const load = async (frame: number): Promise<Frame | undefined> =>
    frame >= from && wanted(frame) && checkpoints?.has(frame) ? checkpoints.load(frame) : undefined;
  if (last < from) {
    for (let frame = from; frame <= to; frame++) yield await load(frame);
    return;
  }
  const begin = -preRoll - warmUp;
  const openInputs = (): Promise<InputReader> =>
    unlessInterrupted(signal, open(), (late) => late.close());
  let inputs = await openInputs();
  let reader: Pick<InputReader, "next" | "close"> = inputs;
  const kept = new KeptFrames(tools.engine);
  try {
    const cuts = await CutFinder.open({
      begin,
      mayCut: !inputs.still && shot.feedback.sceneCut === "reset" && feedsBack(plan),
      lookFrom: options.maxBefore === undefined ? begin : first,
      holdsColors: shot.color.match === "first",
      flow: tools.flow,
      grader: tools.grader,
      kept: inputs.still ? undefined : checkpoints?.cuts,
    });
    // A frame that goes on from the one before takes its source too.
    let start = Math.max(begin, cuts.startFor(first - 1, last));
    if (start > begin && !(await unlessInterrupted(signal, inputs.skip(start - begin)))) {
      await inputs.close();
      reader = inputs = await openInputs();
      start = begin;
    }
    reader = readAhead(inputs);
    const palette = inputs.palette && (await tools.grader.measureFrame(inputs.palette));
    const seam = new LoopSeam(frames, preRoll);
    let state: RenderState | undefined;
    let before: FrameInputs | undefined;
    for (let frame = begin; frame <= to; frame++) {
      if (frame < 0 && frame >= -preRoll && !isDreamed(frame) && checkpoints?.has(frame))
        seam.remember(await checkpoints.load(frame));
      if (frame < start || frame > last) {
        // It is stored, or nobody wants it.
        if (frame >= from) yield await load(frame);
        continue;
      }
      const input = (await unlessInterrupted(signal, reader.next())) ?? (hold ? before : undefined);
      if (!input) return;
      throwIfInterrupted(signal);
      // Skipped frames count too, so that a part equals the same part of a whole render.
      const { cut, colors = palette } = await cuts.next(frame, input.source);
      if (isDreamed(frame)) {
        if (cut) state = undefined;
        else if (!state && before && checkpoints?.has(frame - 1))
          state = { output: await checkpoints.load(frame - 1), source: before.source };
        const own = { ...tools, dreamer, signal };
        const parameters = parametersAt(plan, frame);
        const step = await stepFrame(
          { state, inputs: input, index: frame, parameters, shot, colors },
          own,
          kept,
        );
        state = { ...step, output: seam.pull(step.output, frame) };
        await cuts.save();
        await checkpoints?.save(frame, state.output);
        options.onDreamed?.();
      } else {
        const output = await load(frame);
        state = output && { output, source: input.source };
      }
      before = input;
      if (frame >= from) yield state?.output;
    }
  } finally {
    kept.dispose();
    await reader.close();
  }
}

/** Reads a few inputs ahead. */
function readAhead(inputs: InputReader): Pick<InputReader, "next" | "close"> {
  const reading = new PQueue({ concurrency: 1 });
  const ahead: Promise<FrameInputs | undefined>[] = [];
  const max = isLarge(inputs.size.height, inputs.size.width) ? 1 : 3;
  return {
    next() {
      while (ahead.length < max) {
        const next = reading.add(() => inputs.next());
        // An error is thrown when its frame is awaited, not earlier.
        next.catch(() => {});
        ahead.push(next);
      }
      return ahead.shift()!;
    },
    async close() {
      reading.clear();
      await inputs.close();
    },
  };
}

function feedsBack({ shot }: ShotPlan): boolean {
  return shot.feedback.amount.value !== 0;
}
