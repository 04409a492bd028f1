import type { Border } from "../choices.ts";
import { type Animated, animatedIn, type Defaults, valueAt } from "./animated.ts";
import type { Clock } from "./clock.ts";
import { type DreamNumber, dreamNumbers } from "./dream-numbers.ts";
import type { Scene, SceneDream } from "./scene.ts";

/** All animatable parameters as numbers, for one frame. */
export interface FrameParameters {
  readonly dream: Partial<Readonly<Record<DreamNumber, number>>> &
    Pick<SceneDream, "preset" | "space" | "tile"> & {
      readonly layers?: Readonly<Record<string, number>>;
      readonly classes?: Readonly<Record<string, number>>;
      readonly iterations?: number | readonly number[];
      /** Strength of the guide. */
      readonly guideStrength?: number;
    };
  readonly motion: {
    readonly zoom: number;
    readonly rotate: number;
    readonly tilt: number;
    readonly turn: number;
    readonly fov: number;
    readonly pan: readonly [number, number];
    readonly center: readonly [number, number];
    readonly border: Border;
  };
  readonly feedback: Pick<
    Scene["feedback"],
    "mode" | "warp" | "occlusion" | "sceneCut" | "every"
  > & {
    readonly amount: number;
    readonly noise: number;
    readonly sharpen: number;
  };
  readonly color: { readonly saturation: number; readonly keep: number };
  /** Strength of the matte. */
  readonly matte: number;
  /** Of each region: its dream, and the strength of its matte. */
  readonly regions?: readonly RegionParameters[];
  readonly mix: number;
}

/** The parameters of a region as numbers, for one frame. */
export interface RegionParameters {
  readonly matte: number;
  readonly dream: Pick<FrameParameters["dream"], "layers" | "classes" | "iterations" | "stepSize">;
}

/** The value of a parameter at one moment; lists stay lists. */
type ParameterValue = number | string | boolean | readonly number[];

/** Every parameter with its path in the scene, such as `motion.zoom`. */
export function listParameters(values: object, place = ""): [string, ParameterValue][] {
  return Object.entries(values).flatMap(([key, value]: [string, ParameterValue | object]) =>
    typeof value === "object" && typeof Object.values(value)[0] === "object"
      ? listParameters(value, `${place}${key}.`)
      : typeof value === "object" && !Array.isArray(value)
        ? listParameters(value, `${place}${key}.`)
        : [[`${place}${key}`, value as ParameterValue]],
  );
}

/** Parameters of shots in which nothing changes: the same for each of their frames. Of others it is known that they change. */
const constant = new WeakMap<Scene, FrameParameters | "changes">();

/**
 * Evaluate a shot at one moment. `defaults` are the start values of numbers that only the timeline sets. Throws
 * `SCENE_INVALID` if an expression leaves its range or needs sound that the shot does not have.
 */
export function resolveFrame(scene: Scene, clock: Clock, defaults?: Defaults): FrameParameters {
  const known = constant.get(scene);
  if (typeof known === "object") return known;
  const parameters = resolveAt(scene, clock, defaults);
  if (known === undefined) {
    const changes = animatedIn(scene).some(({ value }) => typeof value !== "number");
    constant.set(scene, changes ? "changes" : parameters);
  }
  return parameters;
}

function resolveAt(scene: Scene, clock: Clock, defaults?: Defaults): FrameParameters {
  const at = (value: Animated): number => valueAt(value, clock, scene.places, defaults);
  const weights = (map: Readonly<Record<string, Animated>>): Record<string, number> =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, at(value)]));
  const { dream, motion } = scene;
  const numbers = dreamNumbers.flatMap((key) => {
    const value = dream[key];
    return value === undefined ? [] : [[key, at(value)] as const];
  });
  const named = ({
    layers,
    classes,
    iterations,
  }: SceneDream): Pick<FrameParameters["dream"], "layers" | "classes" | "iterations"> => ({
    ...(layers ? { layers: weights(layers) } : {}),
    ...(classes ? { classes: weights(classes) } : {}),
    ...(iterations ? { iterations: isList(iterations) ? iterations.map(at) : at(iterations) } : {}),
  });
  return {
    dream: {
      ...Object.fromEntries(numbers),
      ...(dream.preset ? { preset: dream.preset } : {}),
      ...(dream.space ? { space: dream.space } : {}),
      ...(dream.tile === undefined ? {} : { tile: dream.tile }),
      ...named(dream),
      ...(dream.guide ? { guideStrength: at(dream.guide.strength) } : {}),
    },
    motion: {
      zoom: at(motion.zoom),
      rotate: at(motion.rotate),
      tilt: at(motion.tilt),
      turn: at(motion.turn),
      fov: at(motion.fov),
      pan: [at(motion.pan[0]), at(motion.pan[1])],
      center: [at(motion.center[0]), at(motion.center[1])],
      border: motion.border,
    },
    feedback: {
      ...scene.feedback,
      amount: at(scene.feedback.amount),
      noise: at(scene.feedback.noise),
      sharpen: at(scene.feedback.sharpen),
    },
    color: { saturation: at(scene.color.saturation), keep: at(scene.color.keep) },
    matte: scene.matte ? at(scene.matte.strength) : 0,
    ...(scene.regions
      ? {
          regions: scene.regions.map(({ matte, dream }) => ({
            matte: at(matte.strength),
            dream: {
              ...named(dream),
              ...(dream.stepSize ? { stepSize: at(dream.stepSize) } : {}),
            },
          })),
        }
      : {}),
    mix: at(scene.mix),
  };
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
