/** A long feedback over a clip in stretches that do not depend on each other: `farm.split`. */
import { DreamError } from "../../errors.ts";
import { formatTime, type Tempo, type Time, toSeconds } from "../../scene/time.ts";
import { toNumber } from "../../video/rational.ts";
import { place } from "./place.ts";
import type { RenderPlan } from "./plan.ts";
import type { ShotPlan } from "./shot-plan.ts";

/** As many as a scene may have shots. */
const maxStretches = 1000;

/**
 * A plan with its one shot in stretches, if its scene asks for it. Each begins at its source, as after a cut, a pre-roll before
 * the one before it ends, and the two cross-fade. All else, such as frame numbers, values and cuts, is that of the whole shot.
 * Throws `SCENE_INVALID` if the pre-roll does not fit.
 */
export function inStretches(plan: RenderPlan, tempo: Tempo | undefined): RenderPlan {
  const [whole] = plan.shots;
  const { farm } = whole!.shot;
  if (!farm) return plan;
  const starts = startsOf(whole!, plan, tempo);
  if (starts.length === 1) return plan;
  const { preroll } = lengthsOf(whole!, plan, tempo);
  const shots = starts.map(
    (start, i): ShotPlan => ({
      ...whole!,
      start: i === 0 ? 0 : start - preroll,
      frames: starts[i + 1] ?? whole!.frames,
      fade: i === 0 ? 0 : preroll,
    }),
  );
  return { ...plan, shots };
}

/** What a person should know of a split film; undefined for others. */
export function splitNotice({ shots, fps }: RenderPlan): string | undefined {
  const [first] = shots;
  const { farm } = first!.shot;
  if (!farm) return undefined;
  const { where } = place(first!.shot, ["farm", "split"]).place;
  const at = where === undefined ? "" : `${where}: `;
  if (shots.length === 1)
    return `${at}farm.split has no effect: the film is not longer than ${formatTime(farm.split)} and a pre-roll`;
  const { fade } = shots[1]!;
  const seconds = (frames: number): string => (frames / toNumber(fps)).toFixed(2);
  return `${at}farm.split makes ${shots.length} independent pieces: their seams, cross-fades of ${seconds(fade)} s, are approximate, and ${fade * (shots.length - 1)} frames are dreamed twice`;
}

/** A split film with its stretches joined, for what concerns the whole shot; another film as it is. */
export function asWhole<
  Shot extends { readonly plan: ShotPlan },
  Film extends { readonly plan: RenderPlan; readonly shots: readonly Shot[] },
>(film: Film): Film {
  const [first] = film.shots;
  const { plan } = first!;
  if (plan.frames === plan.length) return film;
  const whole: ShotPlan = { ...plan, frames: plan.length };
  return {
    ...film,
    plan: { ...film.plan, shots: [whole] },
    shots: [{ ...first!, plan: whole }],
  };
}

/** Frames at which the stretches would begin without a pre-roll. A rest that is shorter than a pre-roll joins the last one. */
function startsOf(shot: ShotPlan, plan: RenderPlan, tempo: Tempo | undefined): number[] {
  const { frames } = shot;
  const { splitSec, preroll } = lengthsOf(shot, plan, tempo);
  const fps = toNumber(plan.fps);
  const starts = [0];
  for (;;) {
    // Rounded one by one, so that no error adds up.
    const next = Math.round(starts.length * splitSec * fps);
    if (next + preroll > frames) return starts;
    if (starts.length === maxStretches) {
      throw new DreamError("SCENE_INVALID", `farm.split makes more than ${maxStretches} pieces`, {
        ...place(shot.shot, ["farm", "split"]),
        hint: "Make it longer: a piece is worth a machine's time from a few seconds of film on.",
      });
    }
    starts.push(next);
  }
}

/** The length of a stretch, s, and of its pre-roll, frames. */
function lengthsOf(
  { shot, every }: ShotPlan,
  plan: RenderPlan,
  tempo: Tempo | undefined,
): { readonly splitSec: number; readonly preroll: number } {
  const fps = toNumber(plan.fps);
  const { split, preroll } = shot.farm!;
  const inSeconds = (time: Time): number => toSeconds(time, fps * every, tempo);
  const [splitSec, prerollSec] = [inSeconds(split), inSeconds(preroll)];
  const own = Math.max(1, Math.round(prerollSec * fps));
  if (prerollSec > 0 && own < Math.floor(splitSec * fps)) return { splitSec, preroll: own };
  throw new DreamError(
    "SCENE_INVALID",
    `farm.preroll is ${formatTime(preroll)} and farm.split ${formatTime(split)}: a pre-roll is at least a frame, and shorter than its piece`,
    {
      ...place(shot, ["farm", prerollSec > 0 ? "split" : "preroll"]),
      hint: "Try split: 8s with preroll: 1s.",
    },
  );
}
