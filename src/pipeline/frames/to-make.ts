import type { Checkpoints } from "../cache/checkpoints.ts";
import { dreamedBefore, dreamedFrom, type Grid, isDreamed } from "../plan/cadence.ts";
import { parametersAt, type ShotPlan } from "../plan/shot-plan.ts";

/** What a shot resumes from, and adds to. */
export interface ShotCheckpoints extends Pick<Checkpoints, "has" | "isLasting" | "load" | "save"> {
  readonly cuts?: Pick<Checkpoints["cuts"], "load" | "save" | "isCut"> | undefined;
}

/** The requested part of a shot. */
export interface ShotRange {
  /** First and last requested frame, counted within the shot. */
  readonly from: number;
  readonly to: number;
  /** Most frames to dream before the first requested one, even if feedback needs more. */
  readonly maxBefore?: number;
  /** Whether a frame is requested; others are made only if a later frame needs them. Default: all. */
  readonly wanted?: (frame: number) => boolean;
  /** Checkpoints of an earlier run; those of this run are added. */
  readonly checkpoints?: ShotCheckpoints;
}

/** The dreamed frames of a shot. A frame that may not use the dreamed frame before it is dreamed itself. */
export function gridOf(plan: ShotPlan, { from, maxBefore }: ShotRange): Grid {
  const before = dreamedBefore(plan, from);
  const isAlone = maxBefore !== undefined && before !== undefined && before < from - maxBefore;
  return isAlone ? { ...plan, also: from } : plan;
}

/**
 * The frames of a shot that must be made, dreamed or carried between dreamed ones, so that the requested ones equal
 * those of a whole render: with feedback, also dreamed frames before them, back to a checkpoint. A frame with a
 * checkpoint of its own is not made. Frames beyond the plan, of a clip that is longer than its container states, are
 * not included, but are always made.
 */
export function framesToMake(plan: ShotPlan, range: ShotRange): Set<number> {
  const { from, to, maxBefore, wanted = () => true, checkpoints } = range;
  const { preRoll, frames, cadence } = plan;
  const min = maxBefore === undefined ? Number.NEGATIVE_INFINITY : from - maxBefore;
  const grid = gridOf(plan, range);
  const isMissing = (frame: number): boolean => !checkpoints?.has(frame);
  const made = new Set<number>();
  let turnsIntoLead = false;
  const isWanted = (frame: number): boolean =>
    (frame >= from && frame <= to && wanted(frame)) ||
    (turnsIntoLead && frame < 0 && frame >= -preRoll);
  /** Whether frames after a dreamed one depend on it. */
  let feeds = to >= frames && (cadence > 1 || isCarried(plan, frames, frames));
  let end: number | undefined = dreamedFrom(grid, Math.min(to, frames - 1));
  while (end !== undefined) {
    const before = dreamedBefore(grid, end);
    const first: number = before === undefined ? end : before + 1;
    const between: number[] = [];
    const cuts: number[] = [];
    for (let frame = first; frame <= end; frame++) {
      if (frame < end && isWanted(frame) && isMissing(frame)) between.push(frame);
      if (checkpoints?.cuts?.isCut(frame)) cuts.push(frame);
    }
    // What follows a cut needs nothing from before it: only frames after the last are carried from the dreamed one.
    const [firstCut = Number.POSITIVE_INFINITY, lastCut = first - 1] = [cuts[0], cuts.at(-1)];
    const leads = between.some((frame) => frame > lastCut);
    const dreams = (feeds || leads || isWanted(end)) && isMissing(end);
    if (dreams) made.add(end);
    for (const frame of between) made.add(frame);
    // The last frames of a loop blend into its pre-roll.
    if (dreams && preRoll > 0 && end >= frames - preRoll) turnsIntoLead = true;
    const isFed = dreams && cuts.length === 0 && first - 1 >= min && isCarried(plan, first, end);
    feeds = isFed || between.some((frame) => frame < firstCut);
    end = before;
  }
  return made;
}

/** Whether a frame is dreamed, and from its source alone, although its shot carries frames on. */
export function dreamsAnew(plan: ShotPlan, frame: number): boolean {
  if (!isDreamed(plan, frame)) return false;
  const before = dreamedBefore(plan, frame);
  return before === undefined || !isCarried(plan, before + 1, frame);
}

/** Whether something is carried from the frame before `first` to `last`. */
function isCarried(plan: ShotPlan, first: number, last: number): boolean {
  for (let frame = first; frame <= last; frame++)
    if (parametersAt(plan, frame).feedback.amount === 0) return false;
  return true;
}
