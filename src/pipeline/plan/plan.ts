import { DreamError } from "../../errors.ts";
import type { Size } from "../../image/image.ts";
import { beatsFrom } from "../../scene/beats.ts";
import type { Beats } from "../../scene/clock.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import { type Rational, toNumber } from "../../video/rational.ts";
import { type PlanOptions, planShot, type ShotInput } from "./plan-shot.ts";
import { parametersAt, type ShotPlan } from "./shot-plan.ts";

/** The whole render as plain data. */
export interface RenderPlan {
  readonly size: Size;
  readonly fps: Rational;
  /** Number of frames of the whole scene. */
  readonly frames: number;
  /** Whether `frames` is exact and not the container's estimate. */
  readonly exact: boolean;
  /** First and last frame to write. */
  readonly first: number;
  readonly last: number;
  /** The beats of the film; absent without a tempo. */
  readonly beats?: Beats;
  readonly shots: readonly ShotPlan[];
}

/** Plan a render. Throws `SCENE_INVALID` if a length is unknown or zero, or if a value is invalid at any frame. */
export function planRender(inputs: readonly ShotInput[], options: PlanOptions = {}): RenderPlan {
  const { size, fps } = inputs[0]!.source;
  const shots: ShotPlan[] = [];
  for (const input of inputs) shots.push(planShot(input, shots.at(-1), inputs.length, options));
  const end = shots.at(-1)!;
  const frames = end.offset + end.frames;
  const [first, last] = options.frames ?? [0, frames - 1];
  if (first > last || first >= frames) {
    throw new DreamError(
      "USAGE",
      `there are no frames ${first} to ${last}: the scene has frames 0 to ${frames - 1}`,
      { hint: "--frames A..B counts from 0; both ends are included." },
    );
  }
  // Only a single clip without a duration runs to its actual end.
  const asked = end.shot.duration !== undefined || inputs[0]!.source.frameCount === undefined;
  const exact = inputs.length > 1 || asked || end.preRoll > 0;
  const plan = { size, fps, frames, exact, first, last: Math.min(last, frames - 1), shots };
  const { tempo } = inputs[0]!;
  return tempo ? { ...plan, beats: beatsFrom(tempo, fullRate({ fps }, options), 0) } : plan;
}

/** Frames per second that times in frames are meant at: a preview has half of them. */
export function fullRate({ fps }: Pick<RenderPlan, "fps">, { preview }: PlanOptions): number {
  return toNumber(fps) * (preview ? 2 : 1);
}

/** Parameters at a film frame; in a crossfade, those of the later shot. */
export function filmParametersAt(plan: RenderPlan, frame: number): FrameParameters {
  const { shot, local } = shotAt(plan, frame);
  return parametersAt(shot, local);
}

/** The shot at a film frame, in a crossfade the later one, and the frame within that shot. */
export function shotAt(
  { shots }: RenderPlan,
  frame: number,
): { readonly shot: ShotPlan; readonly local: number } {
  const shot = shots.findLast(({ offset, start }) => offset + start <= frame) ?? shots[0]!;
  return { shot, local: frame - shot.offset };
}

/** Whether a single picture is dreamed for the requested frames. */
export function isOnePicture({ shots, last, exact }: RenderPlan): boolean {
  const [shot, ...others] = shots;
  return last === 0 && exact && others.length === 0 && shot?.preRoll === 0 && shot.cadence === 1;
}

/** Whether all of a film is one shot, which may be split. */
export function isOneShot({ shots }: Pick<RenderPlan, "shots">): boolean {
  return shots.every(({ shot }) => shot === shots[0]!.shot);
}

/** Whether the one shot of a film is split into stretches. */
export function isSplit(plan: Pick<RenderPlan, "shots">): boolean {
  return plan.shots.length > 1 && isOneShot(plan);
}

/** Whether a shot shows in a frame of the film. The last part of a lone shot may go on beyond the plan. */
export function isSeen(plan: Pick<RenderPlan, "shots">, shot: number, index: number): boolean {
  const { offset, start, frames } = plan.shots[shot]!;
  const local = index - offset;
  const goesOn = shot === plan.shots.length - 1 && isOneShot(plan);
  return local >= start && (goesOn || local < frames);
}

/** Whether a frame of a shot is outside every crossfade. */
export function isSeenAlone(
  { shots }: Pick<RenderPlan, "shots">,
  shot: number,
  frame: number,
): boolean {
  const { start, fade, frames } = shots[shot]!;
  const next = shots[shot + 1];
  return frame >= start + fade && (!next || frame < frames - next.fade);
}

/** The share of a shot in a frame, counted within it, against the one before: less than 1 in its crossfade. */
export function shareOf({ start, fade }: ShotPlan, frame: number): number {
  return Math.min(1, (frame - start + 1) / (fade + 1));
}
