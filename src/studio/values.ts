/** The numbers of a shot over time. */

import type { PreparedShot } from "../pipeline/plan/prepare.ts";
import { parametersAt, type ShotPlan } from "../pipeline/plan/shot-plan.ts";
import { type Animated, animatedIn, isTrack, type Key, type Track } from "../scene/animated.ts";
import { type Clock, clockAt } from "../scene/clock.ts";
import { dreamNumbers, dreamNumberTable } from "../scene/dream-numbers.ts";
import { ranges } from "../scene/ranges.ts";
import type { FrameParameters } from "../scene/resolve.ts";
import { momentOf } from "../scene/time.ts";
import type { KeySummary, ValuePath, ValueSummary } from "./api-scene.ts";
import { knobOf } from "./knobs.ts";

/** Most samples of a curve. */
const maxSamples = 600;

/** Every number of a shot: those that the scene sets, and those that have a default. */
export function valuesOf(
  shot: PreparedShot,
  {
    fps,
    number,
    isWritten,
  }: {
    readonly fps: number;
    readonly number?: number;
    /** Whether the text sets a value. */
    readonly isWritten: (path: ValuePath) => boolean;
  },
): ValueSummary[] {
  const { plan } = shot;
  const clock = clockAt(0, plan.frames, fps, {
    loop: plan.preRoll > 0,
    ...(plan.beats ? { beats: plan.beats } : {}),
  });
  const curves = samplesOf(plan);
  const summary = (animated: Animated, first: number): ValueSummary => {
    const { path, range, value } = animated;
    const samples = curves(path);
    const changes = samples.some((sample) => sample !== samples[0]);
    const start = samples[0] ?? first;
    const expression = expressionOf(value);
    return {
      path,
      ...(number === undefined ? {} : { shot: number }),
      ...knobOf(path, range, start),
      min: range.min,
      max: range.max,
      value: start,
      written: isWritten(path),
      animated: changes || isTrack(value),
      ...(expression === undefined ? {} : { expression }),
      ...(changes ? { samples } : {}),
      keys: isTrack(value) ? keysOf(value, clock, start) : [],
    };
  };
  const set = animatedIn(plan.shot).map((animated) => summary(animated, 0));
  const known = new Set(set.map(({ path }) => path.join(".")));
  const defaults = defaultsOf(shot).filter(({ path }) => !known.has(path.join(".")));
  return [
    ...set,
    ...defaults.map(({ path, range, value }) => ({
      ...summary({ path, range, value }, value),
      value,
      ...knobOf(path, range, value),
    })),
  ];
}

/** What the network or the preset sets. */
function defaultsOf({
  plan,
  dreamer,
}: PreparedShot): { path: ValuePath; range: Animated["range"]; value: number }[] {
  const { dream } = plan.shot;
  const { preset } = dream;
  const carried = plan.shot.feedback.amount.value !== 0;
  const settings = dreamer.settings(preset ? { preset } : {}, carried);
  const list = [settings.iterations].flat();
  const layers = dream.layers || dream.classes ? [] : Object.entries(settings.layers);
  return [
    ...layers.map(([name, value]) => ({
      path: ["dream", "layers", name],
      range: ranges.weight,
      value,
    })),
    ...dreamNumbers.map((key) => ({
      path: ["dream", key],
      range: dreamNumberTable[key].range,
      value: settings[key],
    })),
    ...(dream.iterations
      ? []
      : list.map((value, i) => ({
          path: list.length === 1 ? ["dream", "iterations"] : ["dream", "iterations", i],
          range: ranges.iterations,
          value,
        }))),
  ];
}

/** The values of a path over a shot, at most `maxSamples` of them. */
function samplesOf(plan: ShotPlan): (path: ValuePath) => number[] {
  const { frames } = plan;
  const count = Math.min(maxSamples, frames);
  const moments = Array.from({ length: count }, (_, i) =>
    parametersAt(plan, count < 2 ? 0 : Math.round((i * (frames - 1)) / (count - 1))),
  );
  return (path) =>
    moments.flatMap((parameters) => {
      const value = numberAt(parameters, path);
      return value === undefined ? [] : [value];
    });
}

/** A number of one frame by its path in the scene. */
export function numberAt(parameters: FrameParameters, path: ValuePath): number | undefined {
  const name = path.join(".");
  if (path[0] === "regions") {
    const region = parameters.regions?.[Number(path[1])];
    return region && numberAt(region as FrameParameters, path.slice(2));
  }
  if (name === "matte.strength") return parameters.matte;
  if (name === "dream.guide.strength") return parameters.dream.guideStrength;
  let value: unknown = parameters;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return typeof value === "number" ? value : undefined;
}

/**
 * The keys of a track in order of time; the text may have another order. An entry at 0 takes the place of the value itself,
 * which then never holds.
 */
function keysOf({ keys }: Track, clock: Clock, first: number): KeySummary[] {
  const all = keys
    .map((key) => keySummary(key, clock, first))
    .sort((a, b) => a.timeSec - b.timeSec);
  const begins = all.some(({ entry, timeSec }) => entry !== undefined && timeSec < 1e-9);
  return begins ? all.filter(({ entry, timeSec }) => entry !== undefined || timeSec > 0) : all;
}

function keySummary({ at, ease, value, path }: Key, clock: Clock, first: number): KeySummary {
  const entry = path[0] === "timeline" ? Number(path[1]) : undefined;
  return {
    timeSec: momentOf(at, clock),
    value: typeof value === "number" ? value : (value?.source ?? first),
    ease: ease.name,
    ...(entry === undefined ? {} : { entry }),
  };
}

function expressionOf(value: Animated["value"]): string | undefined {
  return typeof value === "object" && !isTrack(value) ? value.source : undefined;
}
