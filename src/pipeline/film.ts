import { type Frame, mixFrames } from "../frame.ts";
import type { StepTools } from "./frame-step.ts";
import type { PreparedRender, PreparedShot } from "./prepare.ts";
import { dreamShot, type ShotOptions, startOf } from "./shot.ts";

type FilmOptions = Omit<ShotOptions, "from" | "to">;

/** A shot and the part of it that is wanted. */
interface Part {
  readonly shot: PreparedShot;
  readonly range: ShotOptions;
}

/** Number of frames that have to be dreamed for the frames a plan asks for, as well as can be known. */
export function countDreamed(prepared: PreparedRender, options: FilmOptions = {}): number {
  return partsOf(prepared, options).reduce(
    (sum, { shot, range }) =>
      sum + Math.min(range.to, shot.plan.frames - 1) - startOf(shot.plan, range) + 1,
    0,
  );
}

/**
 * All wanted frames of a film: its shots one after the other, mixed where they cross-fade. A lone source that is shorter
 * than its container says ends the film; one of several holds its last picture.
 */
export async function* dreamFilm(
  prepared: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  options: FilmOptions,
): AsyncGenerator<Frame, void> {
  const { plan } = prepared;
  const parts = partsOf(prepared, options);
  const lone = plan.shots.length === 1;
  const running = new Map<Part, AsyncGenerator<Frame, void>>();
  const lastOf = new Map<Part, Frame>();
  try {
    for (let index = plan.first; lone || index <= plan.last; index++) {
      let mixed: Frame | undefined;
      for (const part of parts) {
        const { offset, frames, fade } = part.shot.plan;
        const local = index - offset;
        if (local < 0 || (!lone && local >= frames)) continue;
        const generator = running.get(part) ?? dreamShot(part.shot, tools, part.range);
        running.set(part, generator);
        const { value } = await generator.next();
        if (local >= part.range.to) await generator.return();
        const frame = value ?? (lone ? undefined : lastOf.get(part));
        if (!frame) continue;
        lastOf.set(part, frame);
        mixed = mixed ? mixFrames(mixed, frame, (local + 1) / (fade + 1)) : frame;
      }
      if (!mixed) return;
      yield mixed;
    }
  } finally {
    for (const generator of running.values()) await generator.return();
  }
}

function partsOf({ plan, shots }: PreparedRender, options: FilmOptions): Part[] {
  const { first, last, exact, frames } = plan;
  return shots.flatMap((shot): Part[] => {
    const { offset, frames: length } = shot.plan;
    const from = Math.max(0, first - offset);
    const open = shots.length === 1 && !exact && last === frames - 1;
    // Beyond a promised length the source may still have frames, short of a guessed one it may not.
    const to = Math.min(last - offset, length - 1);
    if (from > to) return [];
    return [{ shot, range: { ...options, from, to: open ? Number.MAX_SAFE_INTEGER : to } }];
  });
}
