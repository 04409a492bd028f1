/** Notices about scene values that have no effect or a different one. */

import type { Dreamer } from "../../dream/dreamer.ts";
import type { Size } from "../../image/image.ts";
import { type Animated, animatedIn, isTrack } from "../../scene/animated.ts";
import { clockAt } from "../../scene/clock.ts";
import type { Scene } from "../../scene/scene.ts";
import { formatTime, momentOf, toSeconds } from "../../scene/time.ts";
import { toNumber } from "../../video/rational.ts";
import type { FrameSource } from "../../video/source.ts";
import { dreamSettings } from "./frame-settings.ts";
import { place } from "./place.ts";
import type { PlanOptions } from "./plan-shot.ts";
import { parametersAt, type ShotPlan } from "./shot-plan.ts";

type Path = readonly (string | number)[];
type Note = readonly [path: Path, text: string];

/** Parameters that are counts: each frame rounds them to an integer. */
const counts: readonly string[] = ["octaves", "iterations", "laplacian", "jitter"];

/** Notices about one shot, with their positions in the scene. */
export function ignoredIn(
  plan: ShotPlan,
  source: Pick<FrameSource, "frameCount" | "fps">,
  { preview = false }: PlanOptions,
): string[] {
  const { shot } = plan;
  const fps = toNumber(source.fps) * (preview ? 2 : 1);
  const available =
    source.frameCount === undefined ? undefined : source.frameCount / toNumber(source.fps);
  const notes = [
    ...(available === undefined ? [] : beyondClip(plan, available, fps)),
    ...lateKeys(plan, fps, preview),
    ...roundedCounts(shot),
    ...withoutEffect(shot),
  ];
  return notes.map(([path, text]) => {
    const { where } = place(shot, path).place;
    return where === undefined ? text : `${where}: ${text}`;
  });
}

/** A notice about tiles smaller than a layer's receptive field; see `DreamNeeds.cutOff`. */
export function smallTiles(
  plan: ShotPlan,
  dreamer: Dreamer,
  { height, width }: Size,
  { preview = false }: PlanOptions,
): string[] {
  const settings = dreamSettings({ dreamer, preview }, plan.shot, parametersAt(plan, 0));
  const wide = dreamer.needs.cutOff(settings, height, width);
  if (!wide) return [];
  const { where } = place(plan.shot, ["dream", "tile"]).place;
  const { layer, field } = wide;
  const text =
    `dream.tile is ${settings.tile}, smaller than the ${field} px receptive field of ${layer}: tile borders may be visible. ` +
    `Set ${32 * Math.ceil(field / 32)} or more, or auto`;
  return [where === undefined ? text : `${where}: ${text}`];
}

/** `available`: duration of the source from its start, s. */
function beyondClip({ shot, beats }: ShotPlan, available: number, fps: number): Note[] {
  const { source, duration, output } = shot;
  const notes: Note[] = [];
  const max = available + 1.5 / fps;
  // Frame times of a clip use its own rate, which a scene may change.
  const known = (unit: string): boolean => unit === "seconds" || output.fps === undefined;
  if (source.type === "video" && source.end && known(source.end.unit)) {
    const start = source.start ? toSeconds(source.start, fps) : 0;
    if (toSeconds(source.end, fps) - start > max)
      notes.push([
        ["source", "video", "end"],
        `source.video.end is ${formatTime(source.end)}, but the clip ends at ${(start + available).toFixed(2)} s`,
      ]);
  }
  if (duration && toSeconds(duration, fps, beats) > max)
    notes.push([
      ["duration"],
      `duration is ${formatTime(duration)}, but the source has ${available.toFixed(2)} s: it ends there`,
    ]);
  return notes;
}

/** Keys of the timeline or a schedule after the last frame. */
function lateKeys(
  { shot, frames, preRoll, beats }: ShotPlan,
  fps: number,
  preview: boolean,
): Note[] {
  const clock = clockAt(0, frames * (preview ? 2 : 1), fps, {
    loop: preRoll > 0,
    beats,
  });
  const late = new Map<string, Note>();
  for (const { value, path } of animatedIn(shot)) {
    for (const key of isTrack(value) ? value.keys : []) {
      if (momentOf(key.at, clock) <= clock.end + 0.5 / fps) continue;
      const entry = key.path[0] === "timeline";
      const name = entry ? key.path.slice(0, 2).join(".") : path.join(".");
      const text = `${name} has a key at ${formatTime(key.at)}, but the last frame is at ${clock.end.toFixed(2)} s: it is not reached`;
      if (!late.has(name)) late.set(name, [entry ? key.path.slice(0, 2) : path, text]);
    }
  }
  return [...late.values()];
}

function roundedCounts({ dream }: Scene): Note[] {
  return animatedIn(dream).flatMap((animated): Note[] => {
    const broken = numbersOf(animated).find((value) => !Number.isInteger(value));
    const name = animated.path.join(".");
    return counts.includes(String(animated.path[1])) && broken !== undefined
      ? [[animated.path, `${name}: ${broken} is rounded to ${Math.round(broken)}`]]
      : [];
  });
}

function withoutEffect({ dream, motion, feedback, source, regions }: Scene): Note[] {
  const notes: Note[] = [];
  const weights = animatedIn([dream.layers, dream.classes]);
  // Where regions dream, the rest of the picture may be left as it is.
  if (!regions && weights.length > 0 && weights.every((weight) => isAlways(weight, 0)))
    notes.push([
      ["dream", dream.layers ? "layers" : "classes"],
      "all weights are 0: there is nothing to dream",
    ]);
  const { iterations, octaves } = dream;
  const steps = Array.isArray(iterations) ? iterations.length : 0;
  if (typeof octaves?.value === "number" && steps > Math.round(octaves.value))
    notes.push([
      ["dream", "iterations"],
      `dream.iterations has ${steps} values for ${Math.round(octaves.value)} octaves: the last ones are not used`,
    ]);
  const stands =
    [motion.rotate, motion.tilt, motion.turn, ...motion.pan].every((value) => isAlways(value, 0)) &&
    isAlways(motion.zoom, 1);
  if (!stands && isAlways(feedback.amount, 0))
    notes.push([
      ["motion"],
      "motion has no effect: it moves the fed-back picture, and feedback.amount is 0",
    ]);
  if (feedback.warp === "flow" && (source.type === "image" || source.type === "noise"))
    notes.push([["feedback", "warp"], "feedback.warp: flow has no effect on a single picture"]);
  return notes;
}

/** The constant numbers in a value. */
function numbersOf({ value }: Animated): number[] {
  const values = isTrack(value) ? value.keys.map((key) => key.value) : [value];
  return values.filter((one) => typeof one === "number");
}

function isAlways({ value }: Animated, wanted: number): boolean {
  const values = isTrack(value) ? value.keys.map((key) => key.value) : [value];
  return values.every((one) => one === wanted);
}
