import { levelsBetween, type SoundAnalysis } from "../../audio/sound-levels.ts";
import { animatedIn, type Defaults, isTrack } from "../../scene/animated.ts";
import { type Beats, clockAt, type SoundLevels } from "../../scene/clock.ts";
import { type FrameParameters, resolveFrame } from "../../scene/resolve.ts";
import type { Scene, Shot } from "../../scene/scene.ts";

/** The plan of one shot: plain data, from which `parametersAt` computes each frame's values. */
export interface ShotPlan {
  readonly shot: Shot;
  /** Film frame of its frame 0. */
  readonly offset: number;
  /** Its first frame: 0, or later in a stretch of a shot that is split, whose frames keep their numbers. */
  readonly start: number;
  /** The frame after its last one. */
  readonly frames: number;
  /** Number of frames of the whole shot. */
  readonly length: number;
  /** Number of its first frames in the crossfade with the shot before. */
  readonly fade: number;
  /** Pre-roll: frames dreamed before the first, into which a loop's last frames blend. */
  readonly preRoll: number;
  /** Warm-up: frames dreamed before the pre-roll, until the dream of a still converges. */
  readonly warmUp: number;
  /** Film time at which it ends, s: a beat where its duration is in beats, before it is rounded to a frame. */
  readonly endSec: number;
  /** Frames per second. */
  readonly fps: number;
  /** Frames of the whole render for each frame of this one: 2 in a preview. */
  readonly every: number;
  /** Frames from one dreamed frame to the next; those between are carried from both. */
  readonly cadence: number;
  /** Its beats; absent without a tempo. */
  readonly beats?: Beats;
  readonly defaults: Defaults;
  /** The sound that its values depend on. */
  readonly sound?: ShotSound;
}

export interface ShotSound {
  readonly analysis: SoundAnalysis;
  /** Whether it spans all shots, and does not begin with this one. */
  readonly shared: boolean;
}

/** Most characters of expressions times frames in one go: a few seconds. */
const maxWork = 5e7;

/**
 * Parameters of a shot's frame, 0 being its first; negative frames take those before the loop's end. Throws
 * `SCENE_INVALID` if a value leaves its range or needs sound that the shot does not have.
 */
export function parametersAt(plan: ShotPlan, frame: number): FrameParameters {
  const { shot, length, every, fps, preRoll, beats, defaults } = plan;
  const sound = soundAt(plan, frame);
  const clock = clockAt(frameInShot(plan, frame) * every, length * every, fps * every, {
    seed: shot.seed,
    loop: preRoll > 0,
    sound,
    beats,
  });
  return resolveFrame(shot, clock, defaults);
}

/** Sound levels at a frame of a shot; undefined if no value depends on sound. */
export function soundAt(plan: ShotPlan, frame: number): SoundLevels | undefined {
  const { sound, offset, preRoll, fps } = plan;
  if (!sound) return undefined;
  const from = (sound.shared ? offset + frameInShot(plan, frame) : frame + preRoll) / fps;
  return levelsBetween(sound.analysis, from, from + 1 / fps);
}

/** The first frame that is made: of a loop, before its start. */
export function beginOf(plan: Pick<ShotPlan, "start" | "preRoll" | "warmUp">): number {
  return plan.start + opensAt(plan);
}

/** The frame of the source's first picture, which the stretches of a shot share. */
export function opensAt({ preRoll, warmUp }: Pick<ShotPlan, "preRoll" | "warmUp">): number {
  return -preRoll - warmUp;
}

/** -1 is the last frame, as in a loop. */
function frameInShot({ frames }: ShotPlan, frame: number): number {
  return frame < 0 ? frames - 1 - ((-frame - 1) % frames) : frame;
}

/**
 * Evaluate every frame, so that errors are reported before the first one is dreamed. Very long plans are checked at
 * intervals. Throws `SCENE_INVALID`.
 */
export function checkParameters(plan: ShotPlan): void {
  const work = plan.frames * expressionLength(plan.shot);
  const step = Math.max(1, Math.ceil(work / maxWork));
  if (work > 0) for (let frame = 0; frame < plan.frames; frame += step) parametersAt(plan, frame);
}

/** Characters of all expressions of a shot, plus a share for the frame itself; 0 if no value can fail. */
function expressionLength(shot: Scene): number {
  const expressions = animatedIn(shot).flatMap(({ value }) => {
    const values = isTrack(value) ? value.keys.map((key) => key.value) : [value];
    return values.flatMap((part) => (typeof part === "object" ? part.source.length : []));
  });
  return expressions.length === 0 ? 0 : expressions.reduce((a, b) => a + b, 500);
}
