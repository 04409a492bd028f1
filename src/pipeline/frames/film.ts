import { type Frame, mixFrames } from "../../frame.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import { isOneShot, isSeen, shareOf } from "../plan/plan.ts";
import type { PreparedRender, PreparedShot } from "../plan/prepare.ts";
import type { StepTools } from "./frame-step.ts";
import { dreamShot, type ShotOptions } from "./shot.ts";
import { framesToMake, type ShotCheckpoints } from "./to-make.ts";

export interface FilmOptions
  extends Omit<ShotOptions, "from" | "to" | "hold" | "wanted" | "checkpoints"> {
  /** Receives both pictures of each frame in which two stretches of a split shot cross-fade, and the number of the later. */
  readonly onSeam?: (stretch: number, before: Frame, after: Frame) => void;
  /** Whether a frame of the film is requested. Default: all. */
  readonly wanted?: (index: number) => boolean;
  /** Checkpoints of an earlier run, by shot. */
  readonly checkpoints?: (shot: number) => ShotCheckpoints;
}

/** A shot and its requested part. */
export interface Part {
  readonly shot: PreparedShot;
  /** Number of the shot in the film. */
  readonly number: number;
  readonly range: ShotOptions;
}

/** Number of frames to dream for a plan's requested frames, as precisely as is known. */
export function countMade(prepared: PreparedRender, options: FilmOptions = {}): number {
  return partsOf(prepared, options).reduce(
    (sum, { shot, range }) => sum + framesToMake(shot.plan, range).size,
    0,
  );
}

/** Number of shot frames visible in the requested frames of a film: two in each frame of a crossfade. */
export function countSeen({ plan }: PreparedRender, wanted: (index: number) => boolean): number {
  let seen = 0;
  for (let index = plan.first; index <= plan.last; index++)
    if (wanted(index)) seen += plan.shots.filter((_, shot) => isSeen(plan, shot, index)).length;
  return seen;
}

/**
 * The frames of a film that a plan requests: its shots in order, mixed in crossfades; undefined for frames that are
 * not `wanted`. A single source that is shorter than its container states ends the film; one of several repeats its
 * last picture. Throws `INTERRUPTED`.
 */
export async function* dreamFilm(
  prepared: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  options: FilmOptions,
): AsyncGenerator<Frame | undefined, void> {
  const { plan } = prepared;
  const parts = partsOf(prepared, options);
  const lone = isOneShot(plan);
  const running = new Map<Part, AsyncGenerator<Frame | undefined, void>>();
  try {
    for (let index = plan.first; lone || index <= plan.last; index++) {
      throwIfInterrupted(options.signal);
      let mixed: Frame | undefined;
      let seen = false;
      for (const part of parts) {
        if (!isSeen(plan, part.number, index)) continue;
        const local = index - part.shot.plan.offset;
        const generator = running.get(part) ?? dreamShot(part.shot, tools, part.range);
        running.set(part, generator);
        const { value: frame, done } = await generator.next();
        if (done) continue;
        if (local >= part.range.to) await generator.return();
        seen = true;
        if (frame && mixed && lone) options.onSeam?.(part.number, mixed, frame);
        if (frame) mixed = mixed ? mixFrames(mixed, frame, shareOf(part.shot.plan, local)) : frame;
      }
      if (!seen) return;
      yield mixed;
    }
  } finally {
    for (const generator of running.values()) await generator.return();
  }
}

/** The shots visible in the frames that a plan requests. */
export function partsOf({ plan, shots }: PreparedRender, options: FilmOptions): Part[] {
  const { first, last, exact, frames } = plan;
  const { wanted, checkpoints, onSeam: _, ...rest } = options;
  return shots.flatMap((shot, number): Part[] => {
    const { offset, start, frames: length } = shot.plan;
    const from = Math.max(start, first - offset);
    const isLast = number === shots.length - 1;
    const open = isLast && !exact && last === frames - 1;
    // A source may have frames beyond an exact length, but not beyond an estimated one.
    const to = Math.min(last - offset, length - 1);
    if (from > to) return [];
    const range: ShotOptions = {
      ...rest,
      ...(wanted ? { wanted: (frame) => wanted(frame + offset) } : {}),
      ...(checkpoints ? { checkpoints: checkpoints(number) } : {}),
      hold: !isOneShot(plan),
      from,
      to: open ? Number.MAX_SAFE_INTEGER : to,
    };
    return [{ shot, number, range }];
  });
}
