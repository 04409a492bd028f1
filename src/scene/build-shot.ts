import type { Animated } from "./animated.ts";
import { dreamNumbers, dreamNumberTable } from "./dream-numbers.ts";
import { pictureOrClip } from "./plain-forms.ts";
import { ranges } from "./ranges.ts";
import type { SceneDream, SceneFile, SceneObjective, Shot } from "./scene.ts";
import type { RawShot } from "./schema.ts";
import type { LayerOptions } from "./schema-dream.ts";
import { animate, type Fragment } from "./timeline.ts";
import { type AnimatedValue, anyNumber, type Range } from "./values.ts";

type Path = readonly (string | number)[];
type Parameters = Pick<Shot, "dream" | "motion" | "feedback" | "color" | "matte" | "mix">;

/** The animatable parameters of a shot, with defaults. `still`: whether its source is a single picture. */
export function buildParameters(
  shot: RawShot,
  still: boolean,
  toPath: (file: string) => string,
): Parameters {
  const at = (
    path: Path,
    range: Range,
    get: (fragment: Fragment) => AnimatedValue | undefined,
    fallback: number,
  ): Animated => animate(shot, path, range, get, fallback)!;
  const pair = (key: "pan" | "center", fallback: number): readonly [Animated, Animated] => [
    at(["motion", key, 0], ranges[key], (x) => x.motion?.[key]?.[0], fallback),
    at(["motion", key, 1], ranges[key], (x) => x.motion?.[key]?.[1], fallback),
  ];
  const { feedback = {}, color = {}, matte } = shot;
  return {
    dream: buildDream(shot, toPath),
    motion: {
      zoom: at(["motion", "zoom"], ranges.zoom, (x) => x.motion?.zoom, 1),
      rotate: at(["motion", "rotate"], anyNumber, (x) => x.motion?.rotate, 0),
      tilt: at(["motion", "tilt"], anyNumber, (x) => x.motion?.tilt, 0),
      turn: at(["motion", "turn"], anyNumber, (x) => x.motion?.turn, 0),
      fov: at(["motion", "fov"], ranges.fov, (x) => x.motion?.fov, 60),
      pan: pair("pan", 0),
      center: pair("center", 0.5),
      border: shot.motion?.border ?? "mirror",
    },
    // A moving source provides a new picture each frame: the carried picture follows its motion and leaves it a
    // share.
    feedback: {
      amount: at(["feedback", "amount"], ranges.share, (x) => x.feedback?.amount, still ? 1 : 0.8),
      noise: at(["feedback", "noise"], ranges.share, (x) => x.feedback?.noise, 0),
      sharpen: at(["feedback", "sharpen"], ranges.sharpen, (x) => x.feedback?.sharpen, 0),
      mode: feedback.mode ?? (still ? "replace" : "residual"),
      warp: feedback.warp ?? (still ? "motion" : "flow"),
      occlusion: feedback.occlusion ?? true,
      sceneCut: feedback.sceneCut ?? "reset",
      every: feedback.every ?? 1,
    },
    color: {
      match:
        typeof color.match === "object"
          ? { type: "image", file: toPath(color.match.image) }
          : (color.match ?? "first"),
      saturation: at(["color", "saturation"], ranges.saturation, (x) => x.color?.saturation, 1),
      keep: at(["color", "keep"], ranges.share, (x) => x.color?.keep, 0),
    },
    ...(matte === undefined
      ? {}
      : {
          matte: {
            ...fileOf(matte, toPath),
            invert: (typeof matte === "object" && matte.invert) || false,
            strength: at(["matte", "strength"], ranges.share, strengthOf("matte"), 1),
          },
        }),
    mix: at(["mix"], ranges.share, (x) => x.mix, 1),
  };
}

function buildDream(shot: RawShot, toPath: (file: string) => string): SceneDream {
  const { preset, guide, space, tile } = shot.dream ?? {};
  const parts: [string, unknown][] = [
    ["preset", preset],
    ["space", space],
    ["tile", tile],
    ["layers", weights(shot, "layers")],
    ["objectives", objectives(shot, toPath)],
    ["classes", weights(shot, "classes")],
    ["iterations", iterations(shot)],
    ...dreamNumbers.map((key): [string, unknown] => [
      key,
      animate(shot, ["dream", key], dreamNumberTable[key].range, (x) => x.dream?.[key]),
    ]),
  ];
  if (guide !== undefined) {
    parts.push([
      "guide",
      {
        ...fileOf(guide, toPath),
        match: (typeof guide === "object" ? guide.match : undefined) ?? "best",
        strength: animate(
          shot,
          ["dream", "guide", "strength"],
          ranges.share,
          (x) => strengthOf("guide")(x.dream ?? {}),
          1,
        ),
      },
    ]);
  }
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

/** A map of weights: every name in the shot with its timeline, 0 where a map omits it. */
function weights(shot: RawShot, key: "layers" | "classes"): Record<string, Animated> | undefined {
  const maps = [shot, ...(shot.timeline ?? [])].flatMap(
    ({ dream }): Record<string, AnimatedValue | LayerOptions>[] =>
      dream?.[key] ? [dream[key]] : [],
  );
  if (maps.length === 0) return undefined;
  const names = new Set(maps.flatMap((map) => Object.keys(map)));
  const get =
    (name: string) =>
    (fragment: Fragment): AnimatedValue | undefined => {
      const map = fragment.dream?.[key];
      const given = map && (Object.hasOwn(map, name) ? map[name] : 0);
      return hasObjective(given) ? given.weight : given;
    };
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      animate(shot, ["dream", key, name], ranges.weight, get(name), 0)!,
    ]),
  );
}

/** What of each layer is amplified, where it is not the energy; undefined if there is none. */
function objectives(
  shot: RawShot,
  toPath: (file: string) => string,
): Record<string, SceneObjective> | undefined {
  const found = Object.entries(shot.dream?.layers ?? {}).flatMap(
    ([name, given]): [string, SceneObjective][] => {
      if (!hasObjective(given) || given.objective === "energy") return [];
      const { objective: type, at = [0.5, 0.5], file = "" } = given;
      if (type === "neuron") return [[name, { type, at }]];
      return [[name, type === "direction" ? { type, file: toPath(file) } : { type }]];
    },
  );
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** Whether a layer is given by more than its weight. */
function hasObjective(value: AnimatedValue | LayerOptions | undefined): value is LayerOptions {
  return typeof value === "object" && "objective" in value;
}

/** Iterations: one number, or a list if any key has a list; a short list repeats its last number. */
function iterations(shot: RawShot): Animated | readonly Animated[] | undefined {
  const given = [shot, ...(shot.timeline ?? [])].flatMap((x) => x.dream?.iterations ?? []);
  const lists = [shot, ...(shot.timeline ?? [])].flatMap((x) =>
    Array.isArray(x.dream?.iterations) ? [x.dream.iterations.length] : [],
  );
  if (given.length === 0) return undefined;
  if (lists.length === 0) {
    const get = (x: Fragment): AnimatedValue | undefined =>
      x.dream?.iterations as AnimatedValue | undefined;
    return animate(shot, ["dream", "iterations"], ranges.iterations, get);
  }
  return Array.from({ length: Math.max(...lists) }, (_, i) => {
    const get = (x: Fragment): AnimatedValue | undefined => {
      const value = x.dream?.iterations;
      return Array.isArray(value) ? (value[i] ?? value.at(-1)) : value;
    };
    return animate(shot, ["dream", "iterations", i], ranges.iterations, get)!;
  });
}

/** A plain file name: a picture if its extension says so, else a video. */
function fileOf(
  value: string | { image?: string | undefined; video?: string | undefined },
  toPath: (file: string) => string,
): SceneFile {
  const { image, video } = typeof value === "string" ? pictureOrClip(value) : value;
  return image === undefined
    ? { type: "video", file: toPath(video!) }
    : { type: "image", file: toPath(image) };
}

function strengthOf<K extends "matte" | "guide">(
  key: K,
): (holder: { [P in K]?: unknown }) => AnimatedValue | undefined {
  return (holder) => (holder[key] as { strength?: AnimatedValue } | undefined)?.strength;
}
