/** Formats a scene as text, with every default written out and every path absolute or renamed. */
import { stringify } from "yaml";
import { outputPath } from "../output.ts";
import { type Animated, isTrack, type Key } from "./animated.ts";
import type { Expression } from "./expression.ts";
import type { Scene, SceneAudio, SceneDream, SceneFile, SceneModel } from "./scene.ts";
import { formatTime } from "./time.ts";

type Path = readonly (string | number)[];
type Tree = Record<string, unknown>;

export type Naming = (file: string) => string;

/** YAML that `parseScene` reads as the same scene. `nameOf` may replace the paths of files. */
export function formatScene(scene: Scene, nameOf: Naming = (file) => file): string {
  const { output, audio, farm, shots } = scene;
  const tree: Tree = {
    ...given({ title: scene.title }),
    output: {
      file: nameOf(outputPath(output.target)),
      ...given({ size: output.size && `${output.size.width}x${output.size.height}` }),
      ...given({ fps: output.fps, codec: output.codec }),
      quality: output.quality,
      keepFrames: output.keepFrames,
    },
    engine: scene.engine,
    loop: scene.loop,
    ...given({
      audio: audio && {
        file: nameOf(audio.file),
        mux: audio.mux,
        attack: formatTime(audio.attack),
        release: formatTime(audio.release),
        ...given(tempoTree(audio)),
      },
      farm: farm && { split: formatTime(farm.split), preroll: formatTime(farm.preroll) },
    }),
    ...(shots
      ? {
          shots: shots.map((shot) => ({
            ...given({ title: shot.title }),
            ...given({ transition: shot.crossfade && { crossfade: formatTime(shot.crossfade) } }),
            ...shotTree(shot, nameOf),
          })),
        }
      : shotTree(scene, nameOf)),
  };
  return stringify(tree, { lineWidth: 0 });
}

function shotTree(shot: Scene, nameOf: Naming): Tree {
  const { duration, motion, feedback, color, matte, regions } = shot;
  const entries = new Map<number, Tree>();
  const base = (value: Animated): unknown => split(value, entries);
  return {
    source: sourceTree(shot, nameOf),
    ...given({ duration: duration && formatTime(duration) }),
    seed: shot.seed,
    ...networksTree(shot, nameOf),
    dream: dreamTree(shot.dream, base, nameOf),
    motion: {
      zoom: base(motion.zoom),
      rotate: base(motion.rotate),
      ...given(perspectiveTree(motion, base)),
      pan: motion.pan.map(base),
      center: motion.center.map(base),
      ...given({ border: motion.border === "mirror" ? undefined : motion.border }),
    },
    feedback: feedbackTree(feedback, base),
    color: {
      match: typeof color.match === "object" ? fileTree(color.match, nameOf) : color.match,
      saturation: base(color.saturation),
      ...given({ keep: unlessUsual(base)(color.keep, 0) }),
    },
    ...given({
      matte: matte && {
        ...fileTree(matte, nameOf),
        invert: matte.invert,
        strength: base(matte.strength),
      },
      regions: regions?.map((region) => ({
        matte: {
          ...fileTree(region.matte, nameOf),
          invert: region.matte.invert,
          strength: base(region.matte.strength),
        },
        dream: dreamTree(region.dream, base, nameOf),
      })),
    }),
    mix: base(shot.mix),
    ...(entries.size > 0
      ? { timeline: [...entries].sort(([a], [b]) => a - b).map(([, entry]) => entry) }
      : {}),
  };
}

function tempoTree({ tempo }: SceneAudio): Tree {
  if (!tempo) return {};
  const { bpm, offset, beatsPerBar } = tempo;
  return {
    bpm,
    offset: offset && formatTime(offset),
    beatsPerBar: beatsPerBar === 4 ? undefined : beatsPerBar,
  };
}

/** Tilt, turn and field of view, where they are not at their defaults: recipes of versions without them stay the same. */
function perspectiveTree(
  { tilt, turn, fov }: Scene["motion"],
  base: (value: Animated) => unknown,
): Tree {
  const unless = unlessUsual(base);
  return { tilt: unless(tilt, 0), turn: unless(turn, 0), fov: unless(fov, 60) };
}

function feedbackTree(
  { amount, noise, sharpen, every, ...rest }: Scene["feedback"],
  base: (value: Animated) => unknown,
): Tree {
  const unless = unlessUsual(base);
  return {
    ...rest,
    amount: base(amount),
    ...given({ noise: unless(noise, 0), sharpen: unless(sharpen, 0) }),
    ...given({ every: every === 1 ? undefined : every }),
  };
}

/** Leaves out a value that is at its default. */
function unlessUsual(
  base: (value: Animated) => unknown,
): (value: Animated, usual: number) => unknown {
  return (value, usual) => (value.value === usual ? undefined : base(value));
}

function sourceTree({ source }: Scene, nameOf: Naming): Tree {
  switch (source.type) {
    case "noise":
      return { noise: { seed: source.seed, scale: source.scale } };
    case "image":
      return { image: nameOf(source.file) };
    case "frames":
      return { frames: nameOf(source.pattern) };
    case "lavfi":
      return { lavfi: source.graph };
    case "video": {
      const { file, start, end, audio } = source;
      const times = { start: start && formatTime(start), end: end && formatTime(end) };
      return { video: { file: nameOf(file), ...given(times), audio } };
    }
  }
}

function networksTree({ model }: Scene, nameOf: Naming): Tree {
  if (!("networks" in model)) return { model: modelTree(model, nameOf) };
  const trees = Object.entries(model.networks).map(([name, own]) => [name, modelTree(own, nameOf)]);
  return { models: Object.fromEntries(trees) };
}

function modelTree(model: SceneModel, nameOf: Naming): Tree | string {
  if ("name" in model) return model.name;
  const { file, labels, ...rest } = model;
  return { file: nameOf(file), ...rest, ...given({ labels: labels && nameOf(labels) }) };
}

function dreamTree(dream: SceneDream, base: (value: Animated) => unknown, nameOf: Naming): Tree {
  const { preset, guide, space, tile, iterations, layers, objectives, classes, ...numbers } = dream;
  const weights = (map: SceneDream["layers"]): Tree | undefined =>
    map && Object.fromEntries(Object.entries(map).map(([name, value]) => [name, base(value)]));
  const ownLayers = weights(layers);
  for (const [name, { type, ...rest }] of Object.entries(objectives ?? {})) {
    const place = "file" in rest ? { file: nameOf(rest.file) } : rest;
    const weight = given({ weight: ownLayers![name] });
    ownLayers![name] = { ...weight, objective: type, ...place };
  }
  const steps = Array.isArray(iterations)
    ? iterations.map(base)
    : iterations && base(iterations as Animated);
  return {
    ...given({ preset, space, tile, layers: ownLayers, classes: weights(classes) }),
    ...given({ iterations: Array.isArray(steps) && steps.includes(undefined) ? undefined : steps }),
    ...given(
      Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base(value)])),
    ),
    ...given({
      guide: guide && {
        ...fileTree(guide, nameOf),
        match: guide.match,
        strength: base(guide.strength),
      },
    }),
  };
}

function fileTree({ type, file }: SceneFile, nameOf: Naming): Tree {
  return { [type]: nameOf(file) };
}

/** The value outside the timeline; timeline keys go into `entries`. */
function split({ path, value }: Animated, entries: Map<number, Tree>): unknown {
  if (!isTrack(value)) return written(value);
  const own: Key[] = [];
  for (const key of value.keys) {
    const [first, index] = key.path;
    if (first !== "timeline") {
      own.push(key);
      continue;
    }
    const entry = entries.get(index as number) ?? { at: formatTime(key.at), ease: key.ease.name };
    entries.set(index as number, entry);
    setIn(entry, path, written(key.value!));
  }
  if (own.length === 1 && own[0]!.at.unit === "seconds") {
    const start = own[0]!.value;
    return start === undefined ? undefined : written(start);
  }
  return own.map((key) => `${key.at.value}:(${written(key.value!)})`).join(", ");
}

function written(value: number | Expression): number | string {
  return typeof value === "number" ? value : value.source;
}

/** Set a value in nested maps; numbers in the path are list indices. */
function setIn(tree: Tree, path: Path, value: unknown): void {
  const [key, ...rest] = path as [string, ...(string | number)[]];
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  tree[key] ??= typeof rest[0] === "number" ? [] : {};
  const inner = tree[key] as Tree;
  // A list of regions has an entry for each of them.
  if (Array.isArray(inner) && rest.length > 1)
    for (let i = inner.length; i <= Number(rest[0]); i++) inner[i] = {};
  setIn(inner, rest, value);
}

/** Omit undefined values. */
function given(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}
