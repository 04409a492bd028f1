import type { DreamSettings } from "../../dream/settings.ts";
import { DreamError, type ScenePlace } from "../../errors.ts";
import type { Size } from "../../image/image.ts";
import { animatedIn, isTrack } from "../../scene/animated.ts";
import { beatsFrom } from "../../scene/beats.ts";
import { type Beats, clockAt, type SoundLevels } from "../../scene/clock.ts";
import { type FrameParameters, resolveFrame } from "../../scene/resolve.ts";
import type { Scene, Shot } from "../../scene/scene.ts";
import { isInBeats, type Tempo, type Time, toSeconds } from "../../scene/time.ts";
import { type Rational, toNumber } from "../../video/rational.ts";
import type { FrameSource } from "../../video/source.ts";

export interface PlanOptions {
  /** Half the size, half the frame rate, half the steps. */
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
  /** Whether `frames` is exact and not the container's estimate. */
  readonly exact: boolean;
  /** First and last frame to write. */
  readonly first: number;
  readonly last: number;
  /** The beats of the film; absent without a tempo. */
  readonly beats?: Beats;
  readonly shots: readonly ShotPlan[];
}

/** The plan of one shot. */
export interface ShotPlan {
  readonly shot: Shot;
  /** Film frame of its first frame. */
  readonly offset: number;
  readonly frames: number;
  /** Number of its first frames in the crossfade with the shot before. */
  readonly fade: number;
  /** Pre-roll: frames dreamed before the first, into which a loop's last frames blend. */
  readonly preRoll: number;
  /** Warm-up: frames dreamed before the pre-roll, until the dream of a still converges. */
  readonly warmUp: number;
  /** Film time at which it ends, s: a beat where its duration is in beats, before it is rounded to a frame. */
  readonly endSec: number;
  /** Its beats; absent without a tempo. */
  readonly beats?: Beats;
  /** Parameters of a frame, 0 being its first; negative frames take those before the loop's end. */
  at(frame: number): FrameParameters;
  /** Sound levels at a frame. */
  soundAt(frame: number): SoundLevels | undefined;
}

/** Inputs of the plan for a shot. */
export interface ShotInput {
  readonly shot: Shot;
  readonly source: Pick<FrameSource, "size" | "fps" | "frameCount" | "still">;
  /** Default settings of the network. */
  readonly settings: DreamSettings;
  /** Sound levels between two times, s. */
  readonly sound?: (fromSec: number, toSec: number) => SoundLevels;
  /** Whether the sound spans all shots. */
  readonly shared?: boolean;
  /** Length of the sound, s, for a shot without a length of its own. */
  readonly soundSec?: number;
  /** The tempo of the sound, if the scene has one. */
  readonly tempo?: Tempo;
}

/** Four days at 24 frames a second. */
export const maxFrames = 8_294_400;
/** Most characters of expressions times frames in one go: a few seconds. */
const maxWork = 5e7;

/** Plan a render. Throws `SCENE_INVALID` if a length is unknown or zero, or if a value is invalid at any frame. */
export function planRender(inputs: readonly ShotInput[], options: PlanOptions = {}): RenderPlan {
  const { size, fps } = inputs[0]!.source;
  const shots: ShotPlan[] = [];
  for (const input of inputs) shots.push(planShot(input, shots.at(-1), inputs.length, options));
  const end = shots.at(-1)!;
  const frames = end.offset + end.frames;
  const [first, last] = options.frames ?? [0, frames - 1];
  if (first > last || first >= frames) {
    throw new DreamError(
      "USAGE",
      `there are no frames ${first} to ${last}: the scene has frames 0 to ${frames - 1}`,
      { hint: "--frames A..B counts from 0; both ends are included." },
    );
  }
  // Only a single clip without a duration runs to its actual end.
  const asked = end.shot.duration !== undefined || inputs[0]!.source.frameCount === undefined;
  const exact = inputs.length > 1 || asked || end.preRoll > 0;
  const plan = { size, fps, frames, exact, first, last: Math.min(last, frames - 1), shots };
  const { tempo } = inputs[0]!;
  return tempo ? { ...plan, beats: beatsFrom(tempo, fullRate({ fps }, options), 0) } : plan;
}

/** Frames per second that times in frames are meant at: a preview has half of them. */
export function fullRate({ fps }: Pick<RenderPlan, "fps">, { preview }: PlanOptions): number {
  return toNumber(fps) * (preview ? 2 : 1);
}

/** Parameters at a film frame; in a crossfade, those of the later shot. */
export function parametersAt(plan: RenderPlan, frame: number): FrameParameters {
  const { shot, local } = shotAt(plan, frame);
  return shot.at(local);
}

/** The shot at a film frame, in a crossfade the later one, and the frame within that shot. */
export function shotAt(
  { shots }: RenderPlan,
  frame: number,
): { readonly shot: ShotPlan; readonly local: number } {
  const shot = shots.findLast(({ offset }) => offset <= frame) ?? shots[0]!;
  return { shot, local: frame - shot.offset };
}

/** Whether a frame of a shot is outside every crossfade. */
export function isSeenAlone({ shots }: RenderPlan, shot: number, frame: number): boolean {
  const { fade, frames } = shots[shot]!;
  return frame >= fade && frame < frames - (shots[shot + 1]?.fade ?? 0);
}

function planShot(
  input: ShotInput,
  before: ShotPlan | undefined,
  count: number,
  options: PlanOptions,
): ShotPlan {
  const { shot, source, settings, sound, shared, tempo } = input;
  const every = options.preview ? 2 : 1;
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
  const defaults = defaultsOf(settings);
  // -1 is the last frame, as in a loop.
  const inShot = (frame: number): number =>
    frame < 0 ? frames - 1 - ((-frame - 1) % frames) : frame;
  const soundAt = (frame: number): SoundLevels | undefined => {
    const from = (shared ? offset + inShot(frame) : frame + preRoll) / fps;
    return sound?.(from, from + 1 / fps);
  };
  const at = (frame: number): FrameParameters => {
    const heard = soundAt(frame);
    const clock = clockAt(inShot(frame) * every, frames * every, fps * every, {
      seed: shot.seed,
      loop: preRoll > 0,
      ...(heard ? { sound: heard } : {}),
      ...(beats ? { beats } : {}),
    });
    return resolveFrame(shot, clock, defaults);
  };
  // Errors at any frame are reported before the first frame is dreamed. Very long plans are checked at intervals.
  const work = frames * expressionLength(shot);
  const step = Math.max(1, Math.ceil(work / maxWork));
  if (work > 0) for (let frame = 0; frame < frames; frame += step) at(frame);
  const laidOut = { shot, offset, frames, fade: before ? fade : 0, preRoll, warmUp, endSec };
  return { ...laidOut, ...(beats ? { beats } : {}), at, soundAt };
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

/** Characters of all expressions of a shot, plus a share for the frame itself; 0 if no value can fail. */
function expressionLength(shot: Scene): number {
  const expressions = animatedIn(shot).flatMap(({ value }) => {
    const values = isTrack(value) ? value.keys.map((key) => key.value) : [value];
    return values.flatMap((part) => (typeof part === "object" ? part.source.length : []));
  });
  return expressions.length === 0 ? 0 : expressions.reduce((a, b) => a + b, 500);
}

/** Start values of numbers that only the timeline sets. */
function defaultsOf(settings: DreamSettings): (path: readonly (string | number)[]) => number {
  return (path) => {
    const value = path[0] === "dream" && settings[path[1] as keyof DreamSettings];
    return typeof value === "number"
      ? value
      : Array.isArray(value)
        ? (value[0] as number)
        : Number.NaN;
  };
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

/** The position of a value of the scene, or of its key, as an option for errors. */
export function place(
  scene: Scene,
  path: readonly (string | number)[],
  part?: "key",
): { readonly place: ScenePlace } {
  const { path: where } = scene;
  const place = scene.locate(path, part) ?? { path, ...(where === undefined ? {} : { where }) };
  return { place };
}
