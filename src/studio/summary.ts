/** What a planned scene says, for the page: its length, its shots and its values over time. */
import { relative, sep } from "node:path";
import { asWhole } from "../pipeline/plan/stretches.ts";
import { clockAt } from "../scene/clock.ts";
import { goesOn, type Scene } from "../scene/scene.ts";
import { toNumber } from "../video/rational.ts";
import type { CutsSummary, SceneSummary, ShotSummary, ValuePath } from "./api-scene.ts";
import { movementOf } from "./movement.ts";
import { valuesOf } from "./values.ts";
import { wordsOf } from "./words.ts";
import type { Layout } from "./workshop.ts";

/** The summary of a layout; its sound is found later. */
export function summarise(
  { scene, prepared: split, plain }: Layout,
  folder: string,
  cuts: CutsSummary,
): SceneSummary {
  const { plan, shots } = asWhole(split);
  const fps = toNumber(plan.fps);
  const single = scene.shots === undefined;
  const isWritten = (path: ValuePath, shot?: number): boolean =>
    hasPath(plain, path) || (shot !== undefined && hasPath(plain, ["shots", shot, ...path]));
  return {
    ...(scene.title === undefined ? {} : { title: scene.title }),
    size: plan.size,
    frames: plan.frames,
    fps,
    durationSec: plan.frames / fps,
    loop: scene.loop,
    network: shots[0]!.dreamer.network.name,
    shots: plan.shots.map(({ shot, offset, frames, fade, preRoll, beats }, index): ShotSummary => {
      const media = mediaOf(shot, folder);
      const { end } = clockAt(0, frames, fps, { loop: preRoll > 0 });
      return {
        index,
        ...(shot.title === undefined ? {} : { title: shot.title }),
        startFrame: offset,
        endFrame: offset + frames - 1,
        fadeFrames: fade,
        kind: shot.source.type,
        timing: { fps, endSec: end, ...(beats ? { beats } : {}) },
        ...(media === undefined ? {} : { media }),
      };
    }),
    values: shots.flatMap((shot, index) =>
      valuesOf(shot, {
        fps,
        ...(single ? {} : { number: index }),
        isWritten: (path) => isWritten(path, single ? undefined : index),
      }),
    ),
    words: wordsOf(scene, isWritten),
    cuts,
    movement: movementOf(scene),
    feedsBack: (scene.shots ?? [scene]).some(goesOn),
  };
}

/** Whether plain data has a value at a path, or a plain form of the map that it is in: `layers: motifs3`. */
function hasPath(plain: unknown, path: ValuePath): boolean {
  let value = plain;
  for (const key of path) {
    if (typeof value === "string" || (Array.isArray(value) && typeof key === "string"))
      return [value].flat().includes(key);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string | number, unknown>)[key];
  }
  return true;
}

/** The source's file as the page names it, if it is in the folder. */
function mediaOf({ source }: Scene, folder: string): string | undefined {
  if (source.type !== "image" && source.type !== "video") return undefined;
  const path = relative(folder, source.file);
  return path.startsWith("..") ? undefined : path.split(sep).join("/");
}
