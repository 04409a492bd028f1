import { dirname, resolve } from "node:path";
import { mergedMaps } from "../choices.ts";
import { isNetworkFile } from "../network.ts";
import { absolutePath, parseOutput } from "../output.ts";
import { buildParameters } from "./build-shot.ts";
import { placesOfShot, type ScenePlaces } from "./places.ts";
import {
  isStill,
  type Scene,
  type SceneFarm,
  type SceneModel,
  type SceneSource,
  type Shot,
} from "./scene.ts";
import type { RawScene, RawShot } from "./schema.ts";
import type { Time } from "./time.ts";

export interface BuildContext {
  readonly path?: string;
  /** Paths of named files that are not beside the scene. */
  readonly files?: ReadonlyMap<string, string>;
  /** The scene file's name without its extension. */
  readonly stem: string;
  readonly places: ScenePlaces;
}

/** Convert a validated scene into one with every default, path and expression resolved. */
export function buildScene(raw: RawScene, context: BuildContext): Scene {
  if (!raw.shots) return buildOne(raw, context, context.places);
  const { shots: pieces, title, ...top } = raw;
  const shots = pieces.map((piece, i): Shot => {
    const { transition = "cut", ...rest } = piece;
    const crossfade = transition === "cut" ? undefined : transition.crossfade;
    return {
      ...buildOne({ ...top, ...mergeShot(top, rest) }, context, placesOfShot(context.places, i)),
      ...optional("crossfade", crossfade),
    };
  });
  const { title: _, ...first } = shots[0]!;
  return { ...first, ...optional("title", title), shots };
}

/** Merge a shot over the scene's top level: these maps key by key, any other value as a whole. */
export function mergeShot(top: RawShot, piece: RawShot): RawShot {
  const merged = mergedMaps.map((key) => [key, { ...top[key], ...piece[key] }]);
  const { model, models, ...rest } = top;
  // A shot's network replaces several, and the other way round.
  const own = piece.model ?? piece.models;
  const networks =
    own === undefined ? { ...optional("model", model), ...optional("models", models) } : {};
  return { ...rest, ...networks, ...piece, ...Object.fromEntries(merged) };
}

/** Build a scene without shots, or one shot. */
function buildOne(raw: RawScene, { path, files, stem }: BuildContext, places: ScenePlaces): Scene {
  const folder = path === undefined ? process.cwd() : dirname(resolve(path));
  const toPath = (file: string): string => files?.get(file) ?? absolutePath(file, folder);
  const source = buildSource(raw.source!, toPath, raw.seed ?? 1);
  const { output = {} } = raw;
  return {
    ...optional("path", path),
    ...optional("title", raw.title),
    output: {
      target: parseOutput(
        output.file === undefined ? resolve(`out/${stem}.mp4`) : toPath(output.file),
      ),
      quality: output.quality ?? 18,
      keepFrames: output.keepFrames ?? "auto",
      ...optional("size", output.size),
      ...optional("fps", output.fps),
      ...optional("codec", output.codec),
    },
    source,
    ...optional("duration", raw.duration),
    seed: raw.seed ?? 1,
    model: raw.models
      ? { networks: buildModels(raw.models, toPath) }
      : buildModel(raw.model ?? "pocket", toPath),
    engine: raw.engine ?? "auto",
    loop: raw.loop ?? false,
    ...optional("audio", raw.audio === undefined ? undefined : buildAudio(raw.audio, toPath)),
    ...optional("farm", raw.farm === undefined ? undefined : buildFarm(raw.farm)),
    ...buildParameters(raw, isStill(source), toPath),
    places,
  };
}

function buildAudio(
  raw: NonNullable<RawScene["audio"]>,
  toPath: (file: string) => string,
): NonNullable<Scene["audio"]> {
  const {
    file,
    mux = true,
    attack = milliseconds(10),
    release = milliseconds(250),
    bpm,
    offset = bpm === "auto" ? undefined : milliseconds(0),
    beatsPerBar = 4,
  } = typeof raw === "string" ? { file: raw } : raw;
  const tempo = bpm === undefined ? undefined : { bpm, beatsPerBar, ...optional("offset", offset) };
  return { file: toPath(file), mux, attack, release, ...optional("tempo", tempo) };
}

function buildFarm({
  split,
  preroll = milliseconds(1000),
}: NonNullable<RawScene["farm"]>): SceneFarm {
  return { split, preroll };
}

function milliseconds(value: number): Time {
  return { unit: "seconds", value: value / 1000 };
}

function buildSource(
  raw: NonNullable<RawScene["source"]>,
  toPath: (file: string) => string,
  seed: number,
): SceneSource {
  if (raw.noise)
    return { type: "noise", seed: raw.noise.seed ?? seed, scale: raw.noise.scale ?? 4 };
  if (raw.image !== undefined) return { type: "image", file: toPath(raw.image) };
  if (raw.frames !== undefined) return { type: "frames", pattern: toPath(raw.frames) };
  if (raw.lavfi !== undefined) return { type: "lavfi", graph: raw.lavfi };
  const video = typeof raw.video === "string" ? { file: raw.video } : raw.video!;
  return {
    type: "video",
    file: toPath(video.file),
    audio: video.audio ?? "keep",
    ...optional("start", video.start),
    ...optional("end", video.end),
  };
}

function buildModel(
  raw: NonNullable<RawScene["model"]>,
  toPath: (file: string) => string,
): SceneModel {
  if (typeof raw === "string") return isNetworkFile(raw) ? { file: toPath(raw) } : { name: raw };
  return {
    file: toPath(raw.file),
    ...optional(
      "preprocess",
      raw.preprocess as Extract<SceneModel, { file: string }>["preprocess"],
    ),
    ...optional("labels", raw.labels === undefined ? undefined : toPath(raw.labels)),
  };
}

function buildModels(
  raw: NonNullable<RawScene["models"]>,
  toPath: (file: string) => string,
): Record<string, SceneModel> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, model]) => [name, buildModel(model, toPath)]),
  );
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
}
