/** Cadence: which frames of a shot are dreamed, and between which of them the others are carried. */
import { goesOn, type Scene } from "../../scene/scene.ts";
import { beginOf } from "./shot-plan.ts";

/** What decides which frames of a shot are dreamed. */
export interface Grid {
  readonly cadence: number;
  readonly start: number;
  readonly frames: number;
  readonly preRoll: number;
  readonly warmUp: number;
  /** One more frame that is dreamed. */
  readonly also?: number;
}

/**
 * Frames from one dreamed frame to the next. A preview has half the frame rate; with feedback, it dreams at most every
 * second of its frames.
 */
export function cadenceOf(scene: Scene, preview = false): number {
  const { every } = scene.feedback;
  return preview && goesOn(scene) ? Math.max(2, Math.ceil(every / 2)) : every;
}

/**
 * Whether a frame is dreamed whatever the source shows: every n-th, the first, which may be in the pre-roll, and the
 * last. Frames around a scene cut and the last frame of a source that ends early are dreamed too.
 */
export function isDreamed(grid: Grid, frame: number): boolean {
  const { cadence, frames, also } = grid;
  return frame % cadence === 0 || [beginOf(grid), frames - 1, also].includes(frame);
}

/** The last dreamed frame before `frame`; undefined for the first. */
export function dreamedBefore(grid: Grid, frame: number): number | undefined {
  const begin = beginOf(grid);
  for (let before = frame - 1; before >= begin; before--)
    if (isDreamed(grid, before)) return before;
  return undefined;
}

/** `frame` if it is dreamed, else the next frame that is. */
export function dreamedFrom(grid: Grid, frame: number): number {
  let next = frame;
  while (!isDreamed(grid, next)) next++;
  return next;
}
