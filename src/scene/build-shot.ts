import type { Animated } from "./animated.ts";
import { buildPart, type DreamPart } from "./build-dream.ts";
import { dreamNumbers, dreamNumberTable } from "./dream-numbers.ts";
import { pictureOrClip } from "./plain-forms.ts";
import { ranges } from "./ranges.ts";
import type { SceneDream, SceneFile, SceneRegion, Shot } from "./scene.ts";
import type { RawShot } from "./schema.ts";
import { animate, type Fragment } from "./timeline.ts";
import { type AnimatedValue, anyNumber, type Range } from "./values.ts";

type Path = readonly (string | number)[];
type Parameters = Pick<
  Shot,
  "dream" | "motion" | "feedback" | "color" | "matte" | "regions" | "mix"
>;

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
    ...(shot.regions ? { regions: buildRegions(shot, shot.regions, toPath) } : {}),
    mix: at(["mix"], ranges.share, (x) => x.mix, 1),
  };
}

function buildRegions(
  shot: RawShot,
  regions: NonNullable<RawShot["regions"]>,
  toPath: (file: string) => string,
): SceneRegion[] {
  return regions.map(({ matte }, i): SceneRegion => {
    const own: DreamPart = {
      path: ["regions", i, "dream"],
      of: (fragment) => fragment.regions?.[i]?.dream,
    };
    const strength = (x: Fragment): AnimatedValue | undefined =>
      strengthOf("matte")(x.regions?.[i] ?? {});
    const path = ["regions", i, "matte", "strength"];
    const stepSize = animate(
      shot,
      [...own.path, "stepSize"],
      dreamNumberTable.stepSize.range,
      (x) => x.regions?.[i]?.dream?.stepSize,
    );
    return {
      matte: {
        ...fileOf(matte, toPath),
        invert: (typeof matte === "object" && matte.invert) || false,
        strength: animate(shot, path, ranges.share, strength, 1)!,
      },
      dream: { ...buildPart(shot, own, toPath), ...(stepSize ? { stepSize } : {}) },
    };
  });
}

function buildDream(shot: RawShot, toPath: (file: string) => string): SceneDream {
  const { preset, guide, space, tile } = shot.dream ?? {};
  const own: DreamPart = { path: ["dream"], of: (fragment) => fragment.dream };
  const parts: [string, unknown][] = [
    ["preset", preset],
    ["space", space],
    ["tile", tile],
    ...Object.entries(buildPart(shot, own, toPath)),
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
