import { interruptionPoint, unlessInterrupted } from "../../interrupt.ts";
import type { KnownCuts } from "../cache/known-cuts.ts";
import type { InputReader } from "../plan/inputs.ts";
import type { PreparedShot } from "../plan/prepare.ts";
import { opensAt, type ShotPlan } from "../plan/shot-plan.ts";
import { CutFinder } from "./cut-finder.ts";
import type { StepTools } from "./frame-step.ts";

export interface FindCutsOptions {
  readonly kept: Pick<KnownCuts, "load" | "save">;
  /** Frames after which the cuts so far are kept. Default 240. */
  readonly keptEvery?: number;
  /** Look for cuts alone, and for all of them, whether or not frames depend on them. */
  readonly cutsOnly?: boolean;
  /** Whether a source that ends early repeats its last picture. */
  readonly hold: boolean;
  /** Last frame to look at. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
  readonly onLooked?: ((frame: number) => void) | undefined;
}

/** Whether a shot's frames depend on cuts of its source, or on the colours of its first picture. */
export function needsCuts({
  plan: { shot },
  still,
}: Pick<PreparedShot, "plan" | "still">): boolean {
  return !still && (mayCut(shot) || shot.color.match === "first");
}

/** Whether the state starts anew at cuts of the source. */
export function mayCut({ feedback }: ShotPlan["shot"]): boolean {
  return feedback.sceneCut === "reset" && feedback.amount.value !== 0;
}

/**
 * Look through a shot's source for cuts, and keep them with the colours after each, without dreaming; goes on from what is
 * kept. Where only the first colours matter, it looks at one picture. Returns the number of frames if the source ends before
 * `to`. Throws `INTERRUPTED`.
 */
export async function findCuts(
  { plan, open }: PreparedShot,
  { flow, grader }: Pick<StepTools, "flow" | "grader">,
  { kept, keptEvery = 240, cutsOnly = false, hold, to: asked, signal, onLooked }: FindCutsOptions,
): Promise<number | undefined> {
  const begin = opensAt(plan);
  const { shot } = plan;
  const looks = cutsOnly || mayCut(shot);
  const to = looks ? asked : begin;
  const cuts = await CutFinder.open({
    begin,
    mayCut: looks,
    lookFrom: begin,
    holdsColors: !cutsOnly && shot.color.match === "first",
    flow,
    grader,
    kept,
  });
  const known = await kept.load();
  // What is known prepares the detector for what is not.
  let start = Math.max(begin, known ? cuts.startFor(known.last + 1, to) : begin);
  const openInputs = (): Promise<InputReader> =>
    unlessInterrupted(signal, open(), (late) => late.close());
  let inputs = await openInputs();
  try {
    if (start > begin && !(await unlessInterrupted(signal, inputs.skip(start - begin)))) {
      await inputs.close();
      inputs = await openInputs();
      start = begin;
    }
    let last: Awaited<ReturnType<InputReader["next"]>>;
    for (let frame = start; frame <= to; frame++) {
      await interruptionPoint(signal);
      const next = await unlessInterrupted(signal, inputs.next());
      last = next ?? (hold ? last : undefined);
      if (!last) return frame;
      await cuts.next(frame, last.source);
      onLooked?.(frame);
      if ((frame - start) % keptEvery === keptEvery - 1) await cuts.save();
    }
    return undefined;
  } finally {
    await cuts.save();
    await inputs.close();
  }
}
