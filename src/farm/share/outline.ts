/**
 * What the pieces of a scene follow from, computed once at submission: which files its frames have in the render cache, and
 * where its shots can be split. With it, nobody needs an engine or a network to see what is missing.
 */
import { z } from "zod";
import { stateName } from "../../pipeline/cache/checkpoints.ts";
import { frameName } from "../../pipeline/cache/finished-frames.ts";
import { FrameKeys } from "../../pipeline/cache/frame-keys.ts";
import { cutsName } from "../../pipeline/cache/known-cuts.ts";
import { mayCut, needsCuts } from "../../pipeline/frames/find-cuts.ts";
import { dreamsAnew } from "../../pipeline/frames/to-make.ts";
import { isOneShot, isSeenAlone } from "../../pipeline/plan/plan.ts";
import type { PreparedRender, PrepareOptions } from "../../pipeline/plan/prepare.ts";
import type { SceneFiles } from "../../pipeline/plan/scene-files.ts";
import { goesOn } from "../../scene/scene.ts";

const shotOutline = z.object({
  /** Film frame of its frame 0. */
  offset: z.number(),
  /** Its first frame: later than 0 in a stretch of a shot that is split. */
  start: z.number(),
  /** The frame after its last one. */
  frames: z.number(),
  /** Frames of the whole shot. */
  length: z.number(),
  preRoll: z.number(),
  warmUp: z.number(),
  /** Frames from one dreamed frame to the next. */
  cadence: z.number(),
  /** Whether frames go on from the ones before. */
  feeds: z.boolean(),
  /** Dreamed frames that nevertheless start from their source. */
  anew: z.array(z.number()),
  /** The file with the cuts of its source, if frames depend on it, and whether all of the source is looked through. */
  cuts: z.object({ name: z.string(), throughout: z.boolean() }).optional(),
  /** Frames in cross-fades with their checkpoints' names. */
  states: z.array(z.tuple([z.number(), z.string()])),
});

export const sceneOutline = z.object({
  /** Whether the number of frames is exact, and not the container's estimate. */
  exact: z.boolean(),
  shots: z.array(shotOutline).min(1),
  /** Names of the finished frames, in order. */
  names: z.array(z.string()),
});

export type ShotOutline = Readonly<z.infer<typeof shotOutline>>;
export type SceneOutline = Readonly<z.infer<typeof sceneOutline>>;

/** The outline of a prepared scene. */
export function outlineOf(
  prepared: PreparedRender,
  files: SceneFiles,
  options: PrepareOptions,
): SceneOutline {
  const { plan } = prepared;
  const keys = FrameKeys.of(prepared, files, options);
  // The stretches of a shot have the same cuts, kept for the first of them.
  const nameOfCuts = (shot: number): string => {
    const first = isOneShot(plan) ? 0 : shot;
    return cutsName(first, keys.ofCuts(first));
  };
  return {
    exact: plan.exact,
    names: Array.from({ length: plan.frames }, (_, index) => frameName(index, keys.ofFilm(index))),
    shots: plan.shots.map((shotPlan, number): ShotOutline => {
      const { shot, offset, start, frames, length, preRoll, warmUp, cadence } = shotPlan;
      const all = Array.from({ length: frames - start }, (_, i) => start + i);
      const feeds = goesOn(shot);
      return {
        ...{ offset, start, frames, length, preRoll, warmUp, cadence, feeds },
        anew: feeds ? all.filter((frame) => frame > start && dreamsAnew(shotPlan, frame)) : [],
        // A loop is one chain, which finds its cuts as it goes.
        ...(preRoll === 0 && needsCuts(prepared.shots[number]!)
          ? { cuts: { name: nameOfCuts(number), throughout: mayCut(shot) } }
          : {}),
        states: all
          .filter((frame) => !isSeenAlone(plan, number, frame))
          .map((frame) => [frame, stateName(number, frame, keys.ofShot(number, frame))]),
      };
    }),
  };
}
