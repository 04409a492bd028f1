import type { SoundAnalysis } from "../../audio/sound-levels.ts";
import type { DreamSettings } from "../../dream/settings.ts";
import { DreamError } from "../../errors.ts";
import type { Defaults } from "../../scene/animated.ts";
import { beatsFrom } from "../../scene/beats.ts";
import type { Scene, Shot } from "../../scene/scene.ts";
import { isInBeats, type Tempo, type Time, toSeconds } from "../../scene/time.ts";
import { toNumber } from "../../video/rational.ts";
import type { FrameSource } from "../../video/source.ts";
import { cadenceOf } from "./cadence.ts";
import { place } from "./place.ts";
import { checkParameters, type ShotPlan } from "./shot-plan.ts";

export interface PlanOptions {
  /** Half the size, half the frame rate, half the steps. */
  readonly preview?: boolean;
  /** First and last frame to write, inclusive. */
  readonly frames?: readonly [number, number];
}

/** Inputs of the plan for a shot. */
export interface ShotInput {
  readonly shot: Shot;
  readonly source: Pick<FrameSource, "size" | "fps" | "frameCount" | "still">;
  /** Default settings of the network. */
  readonly settings: DreamSettings;
  /** The sound that its values depend on. */
  readonly sound?: SoundAnalysis;
  /** Whether the sound spans all shots. */
  readonly shared?: boolean;
  /** Length of the sound, s, for a shot without a length of its own. */
  readonly soundSec?: number;
  /** The tempo of the sound, if the scene has one. */
  readonly tempo?: Tempo;
}

/** Most frames of a shot: four days at 24 frames a second. */
export const maxFrames = 8_294_400;

/** Plan one of `count` shots, which follows `before`. Throws `SCENE_INVALID` as `planRender` does. */
export function planShot(
  input: ShotInput,
  before: ShotPlan | undefined,
  count: number,
  { preview }: PlanOptions,
): ShotPlan {
  const { shot, source, settings, sound, shared = false, tempo } = input;
  const every = preview ? 2 : 1;
  const fps = toNumber(source.fps);
  const ends = before ? before.offset + before.frames : 0;
  const fadeSec = shot.crossfade ? toSeconds(shot.crossfade, fps * every, tempo) : 0;
  // Cuts in beats are rounded one by one, so that no error adds up.
  const fade = !shot.crossfade
    ? 0
    : before && isInBeats(shot.crossfade)
      ? ends - Math.round((before.endSec - fadeSec) * fps)
      : toFrames(shot.crossfade, fps, every);
  const offset = ends - fade;
  const cutSec = before ? before.endSec - fadeSec : 0;
  const onBeat =
    shot.duration && tempo && isInBeats(shot.duration)
      ? cutSec +
        toSeconds(shot.duration, fps, tempo) +
        // The time before the first beat belongs to the first of several shots.
        (before || count === 1 ? 0 : toSeconds(tempo.offset, fps * every))
      : undefined;
  const wanted =
    onBeat !== undefined
      ? Math.round(onBeat * fps) - offset
      : shot.duration && toFrames(shot.duration, fps, every);
  const { frames, preRoll } = lengthOf(input, fps, wanted);
  const endSec = onBeat !== undefined && frames === wanted ? onBeat : (offset + frames) / fps;
  const warmUp = source.still ? preRoll : 0;
  if (before && fade > Math.min(frames, before.frames - before.fade)) {
    throw new DreamError(
      "SCENE_INVALID",
      `a crossfade of ${fade} frames does not fit into its shots: they have ${before.frames - before.fade} and ${frames} frames available`,
      { ...place(shot, ["transition"]), hint: "Shorten it, or make the shots longer." },
    );
  }
  const beats = tempo && beatsFrom(tempo, fps * every, offset / fps, cutSec);
  const plan: ShotPlan = {
    ...{
      shot,
      offset,
      start: 0,
      frames,
      length: frames,
      fade: before ? fade : 0,
      preRoll,
      warmUp,
      endSec,
      fps,
      every,
    },
    cadence: cadenceOf(shot, every > 1),
    beats,
    defaults: defaultsOf(settings),
    ...(sound ? { sound: { analysis: sound, shared } } : {}),
  };
  checkParameters(plan);
  return plan;
}

/** A time in seconds or frames as frames of the film, of which a preview has one for `every`. */
function toFrames({ unit, value }: Time, fps: number, every: number): number {
  return unit === "frames" ? Math.ceil(value / every) : Math.round(value * fps);
}

/** Number of frames, and of the extra ones that a loop needs. `asked`: frames of the duration, if it has one. */
function lengthOf(
  { shot, source, soundSec }: ShotInput,
  fps: number,
  asked: number | undefined,
): { frames: number; preRoll: number } {
  const available = source.frameCount ?? Number.POSITIVE_INFINITY;
  const unknown =
    soundSec === undefined ? available : Math.min(available, Math.round(soundSec * fps));
  const wanted = asked ?? (source.frameCount === undefined ? unknown : available);
  if (!Number.isFinite(Math.min(wanted, available))) throw noLength(shot);
  const longest = Math.min(wanted, available);
  // A loop's last second blends into the second before its first frame.
  const preRoll = shot.loop ? Math.min(Math.round(fps), Math.floor(longest / 3)) : 0;
  const frames = Math.min(wanted, available - preRoll);
  if (frames > maxFrames) {
    throw new DreamError(
      "SCENE_INVALID",
      `the scene has ${frames} frames; the maximum is ${maxFrames}`,
      { ...place(shot, ["duration"]), hint: "Shorten duration, or lower output.fps." },
    );
  }
  if (frames >= 1) return { frames, preRoll };
  throw new DreamError(
    "SCENE_INVALID",
    "the scene has no frames: its duration is shorter than one frame",
    {
      ...place(shot, ["duration"]),
      hint: "Set duration to at least one frame, such as 8s or 1f.",
    },
  );
}

/** Start values of numbers that only the timeline sets: of lists, the first. */
function defaultsOf(settings: DreamSettings): Defaults {
  const numbers = Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === "number" ? [[name, first] as const] : [];
  });
  return Object.fromEntries(numbers);
}

function noLength(scene: Scene): DreamError {
  return new DreamError(
    "SCENE_INVALID",
    `the scene has no length: ${scene.source.type} is endless, and duration is not set`,
    {
      ...place(scene, ["source"]),
      hint: "Add a duration, such as duration: 8s.",
    },
  );
}
