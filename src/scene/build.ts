import { dirname, resolve } from "node:path";
import { parseExpression } from "./expression.ts";
import type { Animated, Scene, SceneDream, SceneModel, SceneSource } from "./scene.ts";
import { type RawScene, ranges } from "./schema.ts";
import { parseTime } from "./time.ts";
import { parseAngle, parseSize, type Range } from "./values.ts";

export interface BuildContext {
  readonly path?: string;
  /** The scene file's name without its ending. */
  readonly stem: string;
  readonly locate: Scene["locate"];
}

type RawValue = number | string;

/** Turn a validated scene as written into one with every default, path and expression resolved. */
export function buildScene(raw: RawScene, context: BuildContext): Scene {
  const folder = context.path === undefined ? process.cwd() : dirname(resolve(context.path));
  const toPath = (file: string): string => resolve(folder, file) + (/[/\\]$/.test(file) ? "/" : "");
  const source = buildSource(raw.source, toPath, raw.seed ?? 1);
  const still = source.type === "noise" || source.type === "image";
  const { output = {}, motion = {}, feedback = {}, color = {} } = raw;
  const [panX, panY] = motion.pan ?? [0, 0];
  const [centerX, centerY] = motion.center ?? [0.5, 0.5];
  const size = output.size === undefined ? undefined : parseSize(String(output.size));
  const duration = raw.duration === undefined ? undefined : parseTime(raw.duration);
  return {
    ...optional("path", context.path),
    ...optional("title", raw.title),
    output: {
      file: toPath(output.file ?? `out/${context.stem}.mp4`),
      quality: output.quality ?? 18,
      ...optional("size", size),
      ...optional("fps", output.fps),
      ...optional("codec", output.codec),
    },
    source,
    ...optional("duration", duration),
    seed: raw.seed ?? 1,
    model: buildModel(raw.model ?? "pocket", toPath),
    engine: raw.engine ?? "auto",
    dream: buildDream(raw.dream ?? {}, toPath),
    motion: {
      zoom: animate("motion.zoom", motion.zoom ?? 1, ranges.zoom),
      rotate: animate(
        "motion.rotate",
        parseAngle(motion.rotate ?? 0) ?? motion.rotate ?? 0,
        ranges.rotate,
      ),
      pan: [animate("motion.pan.0", panX, ranges.pan), animate("motion.pan.1", panY, ranges.pan)],
      center: [
        animate("motion.center.0", centerX, ranges.center),
        animate("motion.center.1", centerY, ranges.center),
      ],
    },
    // A moving source brings its own next picture: what is carried moves with it, and leaves it a share.
    feedback: {
      amount: animate("feedback.amount", feedback.amount ?? (still ? 1 : 0.8), ranges.share),
      mode: feedback.mode ?? "replace",
      warp: feedback.warp ?? (still ? "motion" : "flow"),
      occlusion: feedback.occlusion ?? true,
      sceneCut: feedback.sceneCut ?? "reset",
    },
    color: {
      match: color.match ?? "first",
      saturation: animate("color.saturation", color.saturation ?? 1, ranges.saturation),
    },
    mix: animate("mix", raw.mix ?? 1, ranges.share),
    locate: context.locate,
  };
}

function buildSource(
  raw: RawScene["source"],
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
    ...optional("start", video.start === undefined ? undefined : parseTime(video.start)),
    ...optional("end", video.end === undefined ? undefined : parseTime(video.end)),
  };
}

/** A bare word is a catalogue name; anything that looks like a file is one. */
function buildModel(
  raw: NonNullable<RawScene["model"]>,
  toPath: (file: string) => string,
): SceneModel {
  if (typeof raw === "string")
    return /[/\\]|\.onnx$/i.test(raw) ? { file: toPath(raw) } : { name: raw };
  return {
    file: toPath(raw.file),
    ...optional(
      "preprocess",
      raw.preprocess as Extract<SceneModel, { file: string }>["preprocess"],
    ),
    ...optional("labels", raw.labels === undefined ? undefined : toPath(raw.labels)),
  };
}

type NumberKey =
  | "octaves"
  | "octaveScale"
  | "stepSize"
  | "jitter"
  | "smoothing"
  | "laplacian"
  | "totalVariation"
  | "l2";

function buildDream(
  raw: NonNullable<RawScene["dream"]>,
  toPath: (file: string) => string,
): SceneDream {
  const one = (key: NumberKey): object =>
    optional(
      key,
      raw[key] === undefined ? undefined : animate(`dream.${key}`, raw[key], ranges[key]),
    );
  const weights = (key: "layers" | "classes"): object => {
    const map = raw[key];
    if (map === undefined) return {};
    return {
      [key]: Object.fromEntries(
        Object.entries(map).map(([name, weight]) => [
          name,
          animate(`dream.${key}.${name}`, weight, ranges.weight),
        ]),
      ),
    };
  };
  const { iterations } = raw;
  const steps = Array.isArray(iterations)
    ? iterations.map((value, i) => animate(`dream.iterations.${i}`, value, ranges.iterations))
    : iterations === undefined
      ? undefined
      : animate("dream.iterations", iterations, ranges.iterations);
  return {
    ...optional("preset", raw.preset),
    ...weights("layers"),
    ...weights("classes"),
    ...one("octaves"),
    ...one("octaveScale"),
    ...optional("iterations", steps),
    ...one("stepSize"),
    ...one("jitter"),
    ...one("smoothing"),
    ...one("laplacian"),
    ...one("totalVariation"),
    ...one("l2"),
    ...optional("guide", raw.guide === undefined ? undefined : buildGuide(raw.guide, toPath)),
  };
}

function buildGuide(
  raw: NonNullable<NonNullable<RawScene["dream"]>["guide"]>,
  toPath: (file: string) => string,
): NonNullable<SceneDream["guide"]> {
  const { image, match = "best" } = typeof raw === "string" ? { image: raw } : raw;
  return { image: toPath(image), match };
}

function animate(name: string, value: RawValue, range: Range): Animated {
  return { name, range, value: typeof value === "number" ? value : parseExpression(value) };
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
}
