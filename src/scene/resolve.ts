import { DreamError } from "../errors.ts";
import type { Clock } from "./expression.ts";
import type { Animated, Scene, SceneDream } from "./scene.ts";
import { outside } from "./values.ts";

/** Everything that can change over time, as numbers, for one frame. */
export interface FrameParameters {
  readonly dream: {
    readonly preset?: NonNullable<SceneDream["preset"]>;
    readonly layers?: Readonly<Record<string, number>>;
    readonly classes?: Readonly<Record<string, number>>;
    readonly octaves?: number;
    readonly octaveScale?: number;
    readonly iterations?: number | readonly number[];
    readonly stepSize?: number;
    readonly jitter?: number;
    readonly smoothing?: number;
    readonly laplacian?: number;
    readonly totalVariation?: number;
    readonly l2?: number;
  };
  readonly motion: {
    readonly zoom: number;
    readonly rotate: number;
    readonly pan: readonly [number, number];
    readonly center: readonly [number, number];
  };
  readonly feedback: {
    readonly amount: number;
    readonly mode: "replace" | "residual";
    readonly warp: "motion" | "flow";
    readonly occlusion: boolean;
    readonly sceneCut: "reset" | "keep";
  };
  readonly color: { readonly saturation: number };
  readonly mix: number;
}

/** The clock at frame `frame` of `frames` at `fps` frames per second. */
export function clockAt(frame: number, frames: number, fps: number): Clock {
  return { t: frame / fps, f: frame, n: frames, p: frames > 1 ? frame / (frames - 1) : 0 };
}

/** Evaluate a scene at one moment. Throws `SCENE_INVALID` where an expression leaves its range. */
export function resolveFrame(scene: Scene, clock: Clock): FrameParameters {
  const at = (value: Animated): number => evaluate(scene, value, clock);
  const weights = (map: Readonly<Record<string, Animated>>): Record<string, number> =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, at(value)]));
  const { dream, motion } = scene;
  const numbers = (
    [
      "octaves",
      "octaveScale",
      "stepSize",
      "jitter",
      "smoothing",
      "laplacian",
      "totalVariation",
      "l2",
    ] as const
  ).flatMap((key) => {
    const value = dream[key];
    return value === undefined ? [] : [[key, at(value)] as const];
  });
  const { iterations } = dream;
  return {
    dream: {
      ...Object.fromEntries(numbers),
      ...(dream.preset ? { preset: dream.preset } : {}),
      ...(dream.layers ? { layers: weights(dream.layers) } : {}),
      ...(dream.classes ? { classes: weights(dream.classes) } : {}),
      ...(iterations
        ? { iterations: isList(iterations) ? iterations.map(at) : at(iterations) }
        : {}),
    },
    motion: {
      zoom: at(motion.zoom),
      rotate: at(motion.rotate),
      pan: [at(motion.pan[0]), at(motion.pan[1])],
      center: [at(motion.center[0]), at(motion.center[1])],
    },
    feedback: { ...scene.feedback, amount: at(scene.feedback.amount) },
    color: { saturation: at(scene.color.saturation) },
    mix: at(scene.mix),
  };
}

function evaluate(scene: Scene, { name, range, value }: Animated, clock: Clock): number {
  if (typeof value === "number") return value;
  const result = value.evaluate(clock);
  if (Number.isFinite(result) && result >= range.min && result <= range.max) return result;
  const where = scene.locate(name.split("."));
  throw new DreamError(
    "SCENE_INVALID",
    `${name} = ${value.source} at t = ${clock.t.toFixed(3)} s (frame ${clock.f}): ${outside(result, range)}`,
    {
      ...(where === undefined ? {} : { where }),
      hint: "clamp(x, low, high) keeps an expression within bounds.",
    },
  );
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
