import { DreamError } from "../errors.ts";
import { clockAt, type FrameParameters, resolveFrame } from "../scene/resolve.ts";
import type { Scene } from "../scene/scene.ts";
import { toFrames, toSeconds } from "../scene/time.ts";
import type { Size } from "../video/image.ts";
import { type Rational, toNumber, toRational } from "../video/rational.ts";
import type { FrameSource, SourceOptions, SourceSpec } from "../video/source.ts";

/** What `--preview` divides: size and frame rate by two, steps by two. */
export interface PlanOptions {
  readonly preview?: boolean;
  /** First and last frame to write, inclusive. */
  readonly frames?: readonly [number, number];
}

/** The whole render as pure data. */
export interface RenderPlan {
  readonly size: Size;
  readonly fps: Rational;
  /** Number of frames of the whole scene. */
  readonly frames: number;
  /** Whether `frames` is a promise, and not the container's own guess. */
  readonly exact: boolean;
  /** First frame that has to be dreamed, first and last that are written. */
  readonly start: number;
  readonly first: number;
  readonly last: number;
  at(frame: number): FrameParameters;
}

/** What to ask of the source: the scene's size and rate, halved for a preview. */
export function sourceRequest(
  scene: Scene,
  own: { size: Size; fps: Rational } | undefined,
  { preview }: PlanOptions,
): SourceOptions {
  const fps = scene.output.fps === undefined ? undefined : toRational(scene.output.fps);
  const { size } = scene.output;
  if (!preview) return { ...(size ? { size } : {}), ...(fps ? { fps } : {}) };
  const full = size ?? own?.size ?? { width: 640, height: 360 };
  const rate = fps ?? own?.fps ?? { num: 24, den: 1 };
  return {
    size: {
      width: Math.max(2, Math.round(full.width / 4) * 2),
      height: Math.max(2, Math.round(full.height / 4) * 2),
    },
    fps: { num: rate.num, den: rate.den * 2 },
  };
}

/** The scene's source in the terms of the video room. Frame counts need the clip's rate: `fps`. */
export function sourceSpec(scene: Scene, fps: number): SourceSpec {
  const { source } = scene;
  if (source.type !== "video") return source;
  const { start, end, ...rest } = source;
  return {
    ...rest,
    ...(start ? { startSec: toSeconds(start, fps) } : {}),
    ...(end ? { endSec: toSeconds(end, fps) } : {}),
  };
}

/** Lay out a render of `scene` over `source`. Throws `SCENE_INVALID` where the length is unknown or empty. */
export function planRender(
  scene: Scene,
  source: FrameSource,
  options: PlanOptions = {},
): RenderPlan {
  const fps = toNumber(source.fps);
  const wanted =
    scene.duration &&
    toFrames(scene.duration, options.preview && scene.duration.unit === "frames" ? fps * 2 : fps);
  const asked =
    options.preview && scene.duration?.unit === "frames"
      ? Math.ceil(scene.duration.value / 2)
      : wanted;
  const frames = Math.min(
    asked ?? Number.POSITIVE_INFINITY,
    source.frameCount ?? Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(frames)) throw noLength(scene);
  if (frames < 1) {
    throw new DreamError(
      "SCENE_INVALID",
      "the scene has no frames: its duration is shorter than one frame",
      {
        ...place(scene, ["duration"]),
        hint: "Set duration to at least one frame, such as 8s or 1f.",
      },
    );
  }
  const [first, last] = options.frames ?? [0, frames - 1];
  if (first > last || first >= frames) {
    throw new DreamError(
      "USAGE",
      `there are no frames ${first} to ${last}: the scene has frames 0 to ${frames - 1}`,
      { hint: "--frames A..B counts from 0 and includes both." },
    );
  }
  const at = (frame: number): FrameParameters => resolveFrame(scene, clockAt(frame, frames, fps));
  return {
    size: source.size,
    fps: source.fps,
    frames,
    exact: asked !== undefined,
    start: startOf(first, at),
    first,
    last: Math.min(last, frames - 1),
    at,
  };
}

/** A frame without feedback owes nothing to those before it: rendering can start there. */
function startOf(first: number, at: RenderPlan["at"]): number {
  let start = first;
  while (start > 0 && at(start).feedback.amount > 0) start--;
  return start;
}

function noLength(scene: Scene): DreamError {
  return new DreamError(
    "SCENE_INVALID",
    `the scene has no length: ${scene.source.type} goes on for ever, and there is no duration`,
    {
      ...place(scene, ["source"]),
      hint: "Add a duration, such as duration: 8s.",
    },
  );
}

/** Where a value of the scene, or its key, is written, as an error's option. */
export function place(
  scene: Scene,
  path: readonly (string | number)[],
  part?: "key",
): { where?: string } {
  const where = scene.locate(path, part) ?? scene.path;
  return where === undefined ? {} : { where };
}
