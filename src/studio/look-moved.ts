/** What a look far into a film begins with: the source, moved as the film moves it by then, but not dreamed. */
import type { Frame } from "../frame.ts";
import type { StepTools } from "../pipeline/frames/frame-step.ts";
import { dreamShot } from "../pipeline/frames/shot.ts";
import { framesToMake, gridOf, type ShotCheckpoints } from "../pipeline/frames/to-make.ts";
import { dreamedBefore, dreamedFrom } from "../pipeline/plan/cadence.ts";
import type { PreparedShot } from "../pipeline/plan/prepare.ts";
import { parametersAt } from "../pipeline/plan/shot-plan.ts";
import { noCheckpoints } from "./look-cuts.ts";

/** Most frames that are moved: of one picture, and of a clip, each of whose frames must be read. */
const [maxStill, maxClip] = [1500, 24];
/** What is left of a picture may be neglected below this share. */
const leastShare = 0.02;

export interface MovedStart {
  /** Frame of the shot. */
  readonly frame: number;
  readonly picture: Frame;
}

interface Limits {
  /** The frame of the shot that is looked at, and the most frames that are dreamed before it. */
  readonly local: number;
  readonly maxBefore: number;
  readonly checkpoints: ShotCheckpoints;
  readonly signal: AbortSignal;
}

/**
 * The moved source in place of the last frame that a look does not dream; undefined where the look dreams from the start
 * or from a checkpoint. `undreamed` is the same shot without its dream. Throws `INTERRUPTED`.
 */
export async function movedStart(
  undreamed: PreparedShot,
  tools: Omit<StepTools, "dreamer">,
  { local, maxBefore, checkpoints, signal }: Limits,
): Promise<MovedStart | undefined> {
  const { plan } = undreamed;
  const range = { from: local, to: local, maxBefore, checkpoints };
  const made = framesToMake(plan, range);
  if (made.size === 0) return undefined;
  const grid = gridOf(plan, range);
  const frame = dreamedBefore(grid, dreamedFrom(grid, Math.min(...made)));
  if (frame === undefined || frame < 0 || checkpoints.has(frame)) return undefined;
  const before = framesToMove(undreamed, frame);
  const { cuts } = checkpoints;
  const moving = dreamShot(undreamed, tools, {
    from: frame,
    to: frame,
    maxBefore: before,
    signal,
    checkpoints: { ...noCheckpoints, ...(cuts ? { cuts } : {}) },
  });
  let picture: Frame | undefined;
  // Frames before the one that is asked for are not yielded.
  for await (const made of moving) picture = made ?? picture;
  return picture && { frame, picture };
}

/** How many frames before a frame of an undreamed shot are moved: those that can still be seen in it. */
export function framesToMove({ plan, still }: PreparedShot, frame: number): number {
  const max = still ? maxStill : maxClip;
  let share = 1;
  let count = 0;
  while (count < Math.min(frame, max) && share >= leastShare) {
    share *= parametersAt(plan, frame - count).feedback.amount;
    count++;
  }
  return count;
}
