import { type Frame, mixFrames } from "../../frame.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import type { Checkpoints } from "../cache/checkpoints.ts";
import type { PreparedRender, PreparedShot } from "../plan/prepare.ts";
import type { StepTools } from "./frame-step.ts";
import { dreamShot, framesToDream, type ShotOptions } from "./shot.ts";

export interface FilmOptions
  extends Omit<ShotOptions, "from" | "to" | "hold" | "wanted" | "checkpoints"> {
  /** Whether a frame of the film has to be given. Default all. */
  readonly wanted?: (index: number) => boolean;
  /** Carried pictures of an earlier run, by shot. */
  readonly checkpoints?: (shot: number) => Checkpoints;
}

/** A shot and the part of it that is wanted. */
export interface Part {
  readonly shot: PreparedShot;
  /** The shot's number in the film. */
  readonly number: number;
  readonly range: ShotOptions;
}

/** Number of frames that have to be dreamed for the frames a plan asks for, as well as can be known. */
export function countDreamed(prepared: PreparedRender, options: FilmOptions = {}): number {
  return partsOf(prepared, options).reduce(
    (sum, { shot, range }) => sum + framesToDream(shot.plan, range).size,
    0,
  );
}

/** Number of frames of shots that are seen in the wanted frames of a film: two in one of a cross-fade. */
export function countSeen({ plan }: PreparedRender, wanted: (index: number) => boolean): number {
  const isLone = plan.shots.length === 1;
  let seen = 0;
  for (let index = plan.first; index <= plan.last; index++) {
    if (!wanted(index)) continue;
    const inside = plan.shots.filter((s) => index >= s.offset && index < s.offset + s.frames);
    seen += isLone ? 1 : inside.length;
  }
  return seen;
}

/**
 * All frames of a film that a plan asks for: its shots one after the other, mixed where they cross-fade; undefined for
 * those that are not `wanted`. A lone source that is shorter than its container says ends the film; one of several holds
 * its last picture. Throws `INTERRUPTED`.
 */
export async function* dreamFilm(
  prepared: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  options: FilmOptions,
): AsyncGenerator<Frame | undefined, void> {
  const { plan } = prepared;
  const parts = partsOf(prepared, options);
  const lone = plan.shots.length === 1;
  const running = new Map<Part, AsyncGenerator<Frame | undefined, void>>();
  try {
    for (let index = plan.first; lone || index <= plan.last; index++) {
      throwIfInterrupted(options.signal);
      let mixed: Frame | undefined;
      let seen = false;
      for (const part of parts) {
        const { offset, frames, fade } = part.shot.plan;
        const local = index - offset;
        if (local < 0 || (!lone && local >= frames)) continue;
        const generator = running.get(part) ?? dreamShot(part.shot, tools, part.range);
        running.set(part, generator);
        const { value: frame, done } = await generator.next();
        if (done) continue;
        if (local >= part.range.to) await generator.return();
        seen = true;
        if (frame) mixed = mixed ? mixFrames(mixed, frame, (local + 1) / (fade + 1)) : frame;
      }
      if (!seen) return;
      yield mixed;
    }
  } finally {
    for (const generator of running.values()) await generator.return();
  }
}

/** The shots that are seen in the frames a plan asks for. */
export function partsOf({ plan, shots }: PreparedRender, options: FilmOptions): Part[] {
  const { first, last, exact, frames } = plan;
  const { wanted, checkpoints, ...rest } = options;
  return shots.flatMap((shot, number): Part[] => {
    const { offset, frames: length } = shot.plan;
    const from = Math.max(0, first - offset);
    const open = shots.length === 1 && !exact && last === frames - 1;
    // Beyond a promised length the source may still have frames, short of a guessed one it may not.
    const to = Math.min(last - offset, length - 1);
    if (from > to) return [];
    const range: ShotOptions = {
      ...rest,
      ...(wanted ? { wanted: (frame) => wanted(frame + offset) } : {}),
      ...(checkpoints ? { checkpoints: checkpoints(number) } : {}),
      hold: shots.length > 1,
      from,
      to: open ? Number.MAX_SAFE_INTEGER : to,
    };
    return [{ shot, number, range }];
  });
}
