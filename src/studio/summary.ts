/** What a planned scene says, for the page: its length, its shots and its values over time. */
import { relative, sep } from "node:path";
import { goesOn, type Scene } from "../scene/scene.ts";
import { toNumber } from "../video/rational.ts";
import type { SceneSummary, ShotSummary } from "./api.ts";
import { valuesOf } from "./values.ts";
import type { Layout } from "./workshop.ts";

/** The summary of a layout; its sound and cuts are found later. */
export function summarise({ scene, prepared }: Layout, folder: string): SceneSummary {
  const { plan, shots } = prepared;
  const fps = toNumber(plan.fps);
  const single = scene.shots === undefined;
  return {
    ...(scene.title === undefined ? {} : { title: scene.title }),
    size: plan.size,
    frames: plan.frames,
    fps,
    durationSec: plan.frames / fps,
    loop: scene.loop,
    network: shots[0]!.dreamer.network.name,
    shots: plan.shots.map(({ shot, offset, frames, fade }, index): ShotSummary => {
      const media = mediaOf(shot, folder);
      return {
        index,
        ...(shot.title === undefined ? {} : { title: shot.title }),
        startFrame: offset,
        endFrame: offset + frames - 1,
        fadeFrames: fade,
        kind: shot.source.type,
        ...(media === undefined ? {} : { media }),
      };
    }),
    values: shots.flatMap((shot, index) =>
      valuesOf(shot, { fps, ...(single ? {} : { number: index }) }),
    ),
    sound: null,
    cuts: [],
    feedsBack: (scene.shots ?? [scene]).some(goesOn),
  };
}

/** The source's file as the page names it, if it is in the folder. */
function mediaOf({ source }: Scene, folder: string): string | undefined {
  if (source.type !== "image" && source.type !== "video") return undefined;
  const path = relative(folder, source.file);
  return path.startsWith("..") ? undefined : path.split(sep).join("/");
}
