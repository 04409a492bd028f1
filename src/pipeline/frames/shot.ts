import PQueue from "p-queue";
import type { Frame } from "../../frame.ts";
import { throwIfInterrupted, unlessInterrupted } from "../../interrupt.ts";
import { isLarge } from "../../runtime/engine.ts";
import { KeptFrames } from "../../runtime/pictures.ts";
import { dreamedBefore, dreamedFrom } from "../plan/cadence.ts";
import type { FrameInputs, InputReader } from "../plan/inputs.ts";
import { LoopSeam } from "../plan/loop.ts";
import type { PreparedShot } from "../plan/prepare.ts";
import { beginOf, opensAt, parametersAt, type ShotPlan } from "../plan/shot-plan.ts";
import { CutFinder } from "./cut-finder.ts";
import type { StepTools } from "./frame-step.ts";
import { GapMaker, gapsIn, type ReadFrame } from "./gap-maker.ts";
import { framesToMake, gridOf, type ShotRange } from "./to-make.ts";

export interface ShotOptions extends ShotRange {
  /** Whether a source that ends early repeats its last picture. */
  readonly hold?: boolean;
  readonly signal?: AbortSignal;
  /** Called after every frame that is made. */
  readonly onMade?: () => void;
}

/**
 * Make a shot frame by frame and decode ahead; yields undefined for frames that are not requested. Ends early if the
 * source does. Throws `INTERRUPTED` within one step of a dream.
 */
export async function* dreamShot(
  { plan, dreamer, open }: PreparedShot,
  tools: Omit<StepTools, "dreamer">,
  options: ShotOptions,
): AsyncGenerator<Frame | undefined, void> {
  const { shot, preRoll, frames } = plan;
  const { from, to, wanted = () => true, checkpoints, hold, signal } = options;
  const grid = gridOf(plan, options);
  const made = framesToMake(plan, options);
  // A loop: there may be too many values for function arguments.
  let [first, last] = [Number.POSITIVE_INFINITY, to >= frames ? to : Number.NEGATIVE_INFINITY];
  if (to >= frames) first = frames;
  for (const frame of made) {
    first = Math.min(first, frame);
    last = Math.max(last, frame);
  }
  const isMade = (frame: number): boolean => frame >= frames || made.has(frame);
  const load = async (frame: number): Promise<Frame | undefined> =>
    frame >= from && wanted(frame) && checkpoints?.has(frame) ? checkpoints.load(frame) : undefined;
  if (last < from) {
    for (let frame = from; frame <= to; frame++) yield await load(frame);
    return;
  }
  const begin = beginOf(plan);
  // Stretches of a shot look at the same cuts, and may have to read from there.
  const opens = opensAt(plan);
  const openInputs = (): Promise<InputReader> =>
    unlessInterrupted(signal, open(), (late) => late.close());
  let inputs = await openInputs();
  let reader: Pick<InputReader, "next" | "close"> = inputs;
  const kept = new KeptFrames(tools.engine);
  try {
    const cuts = await CutFinder.open({
      begin: opens,
      mayCut: !inputs.still && shot.feedback.sceneCut === "reset" && feedsBack(plan),
      lookFrom: options.maxBefore === undefined ? opens : first,
      holdsColors: shot.color.match === "first",
      flow: tools.flow,
      grader: tools.grader,
      kept: inputs.still ? undefined : checkpoints?.cuts,
    });
    // A frame that goes on from a dreamed one takes its source too.
    const base = dreamedBefore(grid, dreamedFrom(grid, first)) ?? begin;
    // Of a clip that runs to its own end, no last frame is known.
    const lookTo = last >= frames ? last : dreamedFrom(grid, last);
    let start = Math.max(opens, cuts.startFor(base, lookTo));
    if (start > opens && !(await unlessInterrupted(signal, inputs.skip(start - opens)))) {
      await inputs.close();
      reader = inputs = await openInputs();
      start = opens;
    }
    reader = readAhead(inputs);
    const palette = inputs.palette && (await tools.grader.measureFrame(inputs.palette));
    const seam = new LoopSeam(frames, preRoll);
    const own = { ...tools, dreamer, signal };
    const maker = new GapMaker({ shot, isMade, checkpoints, seam, cuts }, own, kept);
    let before: ReadFrame | undefined;
    const read = async (frame: number): Promise<ReadFrame | undefined> => {
      const next = await unlessInterrupted(signal, reader.next());
      const inputs = next ?? (hold ? before?.inputs : undefined);
      if (!inputs) return undefined;
      throwIfInterrupted(signal);
      // Skipped frames count too, so that a part equals the same part of a whole render.
      const { cut, colors = palette } = await cuts.next(frame, inputs.source);
      before = { inputs, index: frame, parameters: parametersAt(plan, frame), cut, colors };
      return before;
    };
    for (let frame = Math.min(begin, start); frame <= to; ) {
      if (frame < start || frame > last) {
        // It is stored, or nobody wants it.
        await maker.pass(frame);
        if (frame >= from) yield await load(frame);
        frame++;
        continue;
      }
      if (frame < begin) {
        // Only its cuts and colours matter.
        if (!(await read(frame++))) return;
        continue;
      }
      const earlier = frame > begin ? before : undefined;
      const stretch: ReadFrame[] = [];
      for (let next = frame; next <= dreamedFrom(grid, frame); next++) {
        const one = await read(next);
        if (!one) break;
        stretch.push(one);
      }
      if (stretch.length === 0) return;
      for (const gap of gapsIn(stretch, isMade)) {
        for await (const picture of maker.make(gap, earlier)) {
          if (picture) options.onMade?.();
          if (frame >= from && frame <= to)
            yield picture && wanted(frame) ? picture : await load(frame);
          frame++;
        }
      }
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
