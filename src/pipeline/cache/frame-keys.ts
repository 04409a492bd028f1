import { createHash } from "node:crypto";
import { octaveSizes } from "../../dream/octaves.ts";
import { type DreamSettings, iterationsAt } from "../../dream/settings.ts";
import { isAffine, isIdentity, motionHomography } from "../../flow/motion.ts";
import type { Size } from "../../image/image.ts";
import { type Engine, engineTitle } from "../../runtime/engine.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import type { SceneSource } from "../../scene/scene.ts";
import { toNumber } from "../../video/rational.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import type { RenderPlan } from "../plan/plan.ts";
import type { PreparedRender, PreparedShot, PrepareOptions } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";

/** Raise it when the same scene comes out differently from before: kept frames of older versions are then not taken. */
export const keysVersion = 6;

/**
 * What every frame is made from, as keys of 16 hexadecimal digits. With feedback a frame's key holds the one before, so
 * that a change in the scene changes the keys from the first frame it affects on, and no others.
 */
export class FrameKeys {
  readonly #shots: readonly ShotKeys[];

  private constructor(shots: readonly ShotKeys[]) {
    this.#shots = shots;
  }

  static of(prepared: PreparedRender, files: SceneFiles, options: PrepareOptions): FrameKeys {
    return new FrameKeys(
      prepared.shots.map((shot) => new ShotKeys(shot, prepared, files, options)),
    );
  }

  /** Of a frame of a shot, counted within it; negative before its start. */
  ofShot(shot: number, frame: number): string {
    return this.#shots[shot]!.at(frame);
  }

  /** Of a frame of the film, with all shots that are seen in it. */
  ofFilm(index: number): string {
    const lone = this.#shots.length === 1;
    const parts = this.#shots.flatMap((keys) => {
      const { offset, frames, fade } = keys.shot.plan;
      const local = index - offset;
      if (local < 0 || (!lone && local >= frames)) return [];
      return [`${keys.at(local)} ${Math.min(1, (local + 1) / (fade + 1))}`];
    });
    return digest(parts);
  }
}

/** The keys of one shot, each made once. */
class ShotKeys {
  readonly shot: PreparedShot;
  readonly #size: Size;
  readonly #fps: number;
  readonly #origin: string;
  /** Of the pictures of a sequence, each made from those before it too. */
  readonly #pictures: string[] = [];
  readonly #hashes: readonly (string | undefined)[];
  readonly #preview: boolean;
  readonly #keys: string[] = [];

  constructor(
    shot: PreparedShot,
    { plan, engine }: PreparedRender,
    files: SceneFiles,
    { preview = false }: PrepareOptions,
  ) {
    const { source } = shot.plan.shot;
    const sequence = source.type === "frames" ? files.sequence(source.pattern) : [];
    this.shot = shot;
    this.#size = plan.size;
    this.#fps = toNumber(plan.fps);
    this.#preview = preview;
    this.#hashes = sequence.map((file) => files.sha256(file));
    this.#origin = originOf(plan, engine, shot, files, this.#settingsOf(shot.plan.at(0)));
  }

  at(frame: number): string {
    const { plan } = this.shot;
    const first = -plan.preRoll - plan.warmUp;
    for (let i = this.#keys.length; i <= frame - first; i++) {
      const local = first + i;
      const parameters = plan.at(local);
      this.#pictures.push(digest([this.#pictures[i - 1], this.#hashes[i]]));
      const carries = i > 0 && parameters.feedback.amount > 0;
      const before = carries ? this.#keys[i - 1] : undefined;
      // The last frames of a loop turn into those before its first.
      const seam = local >= plan.frames - plan.preRoll ? this.#keys[i - plan.frames] : undefined;
      const own = [
        changingIn(this.#settingsOf(parameters), this.#size),
        this.#stepOf(parameters, carries),
      ];
      const picture = this.#pictureOf(i, carries);
      this.#keys.push(digest([this.#origin, local, picture, own, before, seam]));
    }
    return this.#keys[frame - first]!;
  }

  /** What counts of the source's pictures up to the frame at `i` beside what is the same for all frames. */
  #pictureOf(i: number, carries: boolean): unknown {
    const { still, plan } = this.shot;
    const { feedback, color } = plan.shot;
    const held = color.match === "first";
    // Where a cut is depends on all pictures before it. It ends what is carried, and colours are measured anew.
    const mayCut = !still && feedback.sceneCut === "reset" && feedback.amount.value !== 0;
    if (i > 0 && mayCut && (carries || held)) return ["cuts", this.#pictures[i]];
    return [this.#hashes[i], held && this.#hashes[0]];
  }

  /** What counts of a frame's parameters beside its settings: how it moves only where anything is carried. */
  #stepOf(
    { dream, feedback, motion, color, matte, mix }: FrameParameters,
    carries: boolean,
  ): unknown {
    const { still, plan } = this.shot;
    const { amount, mode, warp, occlusion, noise, sharpen } = feedback;
    const flow = !still && warp === "flow";
    const map = motionHomography(motion, this.#fps, this.#size.height, this.#size.width);
    const moved = [isAffine(map) ? map.slice(0, 6) : map];
    const border = motion.border === "mirror" || (isIdentity(map) && !flow) ? [] : [motion.border];
    // What is off adds nothing, so that frames of versions without it are taken.
    const fresh = noise > 0 || sharpen > 0 ? [{ noise, sharpen }] : [];
    const carried = carries && [
      amount,
      mode,
      flow,
      flow && occlusion,
      ...moved,
      ...border,
      ...fresh,
    ];
    return [plan.shot.dream.guide && dream.guideStrength, carried, color.saturation, matte, mix];
  }

  #settingsOf(parameters: FrameParameters): DreamSettings {
    const { plan, dreamer } = this.shot;
    const tools = { dreamer, preview: this.#preview };
    return dreamSettings(tools, plan.shot, parameters, undefined);
  }
}

/** What is the same for all frames of a shot. `settings`: of its first. */
function originOf(
  { size: { width, height }, fps }: RenderPlan,
  engine: Engine,
  { plan: { shot, frames, preRoll, warmUp }, dreamer, still }: PreparedShot,
  files: SceneFiles,
  settings: DreamSettings,
): string {
  const { source, seed, color, dream, matte } = shot;
  const { network } = dreamer;
  const pictures = source.type === "frames" ? files.sequence(source.pattern).length : 0;
  const { targets } = dreamer.targets(settings);
  // Only clips are sampled at the film's rate; motion and expressions are evaluated by frame.
  const sides = [dream.guide, matte].some((side) => side?.type === "video");
  const sampled = sides || (!still && source.type !== "frames");
  return digest([
    [keysVersion, runtimeVersion, engineTitle(engine), network.sha256, network.preprocess],
    // By what a name stands for: labels count as far as a class is named.
    targets.map(({ key: _, ...target }) => target),
    [dreamer.tileFor(settings, height, width), width, height, sampled && fps, seed],
    files
      .of(shot)
      .slice(pictures)
      .map((file) => files.sha256(file)),
    [sourceOf(source), color.match],
    [dream.guide && [dream.guide.type, dream.guide.match], matte && [matte.type, matte.invert]],
    // A loop's pictures depend on where it ends.
    preRoll > 0 ? [frames, preRoll, warmUp] : [],
  ]);
}

/** What counts of a source beside what is in its files: not where it ends, and not whether it is heard. */
function sourceOf(source: SceneSource): unknown {
  if (source.type === "video") return [source.type, source.start?.value ? source.start : undefined];
  return source.type === "noise" || source.type === "lavfi" ? source : source.type;
}

/** Settings as far as they are not the same for all frames, as dreaming takes them for pictures of one size. */
function changingIn(settings: DreamSettings, { height, width }: Size): unknown {
  const { layers, classes, stepSize, smoothing, totalVariation, l2, rule } = settings;
  const whole = [settings.jitter, settings.laplacian].map(Math.round);
  const octaves = octaveSizes(height, width, settings).map((octave) => [
    octave.height,
    octave.width,
    iterationsAt(settings, octave.index),
  ]);
  const weights = [Object.values(layers), Object.values(classes)];
  return [weights, whole, octaves, stepSize, smoothing, totalVariation, l2, rule];
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
