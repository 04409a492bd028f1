import type { DreamSettings } from "../../dream/settings.ts";
import { isAffine, isIdentity, motionHomography } from "../../flow/motion.ts";
import type { Size } from "../../image/image.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import { toNumber } from "../../video/rational.ts";
import { dreamedBefore, dreamedFrom, isDreamed } from "../plan/cadence.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import { isSeen, shareOf } from "../plan/plan.ts";
import type { PreparedRender, PreparedShot, PrepareOptions } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";
import { beginOf, opensAt, parametersAt } from "../plan/shot-plan.ts";
import { changingIn, cutsOf, digest, originOf } from "./key-parts.ts";

/**
 * Keys, 16 hexadecimal digits, of everything that each frame is made from. With feedback, a frame's key includes the
 * key of the frame before, so that an edit changes the keys of the frames that it affects, and no others.
 */
export class FrameKeys {
  readonly #shots: readonly ShotKeys[];
  readonly #plan: PreparedRender["plan"];

  private constructor(shots: readonly ShotKeys[], plan: PreparedRender["plan"]) {
    this.#shots = shots;
    this.#plan = plan;
  }

  static of(prepared: PreparedRender, files: SceneFiles, options: PrepareOptions): FrameKeys {
    return new FrameKeys(
      prepared.shots.map((shot) => new ShotKeys(shot, prepared, files, options)),
      prepared.plan,
    );
  }

  /** Key of a frame of a shot, counted within the shot; negative before its start. */
  ofShot(shot: number, frame: number): string {
    return this.#shots[shot]!.at(frame);
  }

  /** Key of what decides where the source of a shot cuts, and the colours after each cut. */
  ofCuts(shot: number): string {
    return this.#shots[shot]!.cuts;
  }

  /** Key of a frame of the film, from all shots visible in it. */
  ofFilm(index: number): string {
    const parts = this.#shots.flatMap((keys, shot) => {
      if (!isSeen(this.#plan, shot, index)) return [];
      const { plan } = keys.shot;
      const local = index - plan.offset;
      return [`${keys.at(local)} ${shareOf(plan, local)}`];
    });
    return digest(parts);
  }
}

/** The keys of one shot, each computed once. */
class ShotKeys {
  readonly shot: PreparedShot;
  readonly #size: Size;
  readonly #fps: number;
  readonly #origin: string;
  /** Hashes of a sequence's pictures, each including those before it. */
  readonly #pictures: string[] = [];
  readonly cuts: string;
  readonly #hashes: readonly (string | undefined)[];
  readonly #preview: boolean;
  readonly #keys: (string | undefined)[] = [];
  /** Parameters of the last frame, and the key's part for its dream. */
  #dream?: { readonly of: FrameParameters; readonly part: unknown };

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
    this.cuts = cutsOf(plan, engine, shot, files);
    this.#origin = originOf(
      plan,
      engine,
      shot,
      files,
      this.#settingsOf(parametersAt(shot.plan, 0)),
    );
  }

  at(frame: number): string {
    const { plan } = this.shot;
    const first = beginOf(plan);
    // A file of another version of the scene may name a frame that is not made.
    if (frame < first) return "none";
    // In order, so that no chain of keys is computed within one call.
    for (let local = first + this.#keys.length; local <= frame; local++)
      this.#keys.push(isDreamed(plan, local) ? this.#ofDreamed(local) : undefined);
    const key = this.#keys[frame - first];
    if (key !== undefined) return key;
    const between = this.#ofBetween(frame);
    this.#keys[frame - first] = between;
    return between;
  }

  /** Number of the source's picture at a frame. */
  #pictureAt(frame: number): number {
    return frame - opensAt(this.shot.plan);
  }

  /** Hash of the source's pictures up to the frame at `i`. */
  #picturesTo(i: number): string {
    for (let next = this.#pictures.length; next <= i; next++)
      this.#pictures.push(digest([this.#pictures[next - 1], this.#hashes[next]]));
    return this.#pictures[i]!;
  }

  #ofDreamed(frame: number): string {
    const { plan } = this.shot;
    const before = dreamedBefore(plan, frame);
    const passed = before === undefined ? [parametersAt(plan, frame)] : this.#passed(before, frame);
    const carries = before !== undefined && passed.every(({ feedback }) => feedback.amount > 0);
    const parameters = passed.at(-1)!;
    const step = this.#stepOf(parameters, carries);
    const own = [this.#changingIn(parameters), step];
    // Frames without a cadence keep their keys of versions before it.
    const earlier = carries && passed.length > 1 ? this.#carriedIn(passed.slice(0, -1)) : [];
    return digest([
      this.#origin,
      frame,
      this.#pictureOf(this.#pictureAt(frame), carries),
      own,
      carries ? this.at(before) : undefined,
      this.#seamOf(frame),
      ...earlier,
    ]);
  }

  /** The last frames of a loop blend into those before its first. */
  #seamOf(frame: number): string | undefined {
    const { frames, preRoll } = this.shot.plan;
    return frame >= frames - preRoll ? this.at(frame - frames) : undefined;
  }

  /** Key of a frame that is carried from the dreamed ones on both sides. */
  #ofBetween(frame: number): string {
    const { plan } = this.shot;
    const [before, after] = [dreamedBefore(plan, frame)!, dreamedFrom(plan, frame)];
    const { mix, matte } = parametersAt(plan, frame);
    const all = Array.from({ length: after - before + 1 }, (_, i) => before + i);
    return digest([
      [frame - before, after - before, this.at(before), this.at(after), mix, matte],
      this.#carriedIn(this.#passed(before, after)),
      // A cut may be at any frame, and depends on all pictures before it.
      this.#mayCut()
        ? this.#picturesTo(this.#pictureAt(after))
        : all.map((one) => this.#hashes[this.#pictureAt(one)]),
      all.flatMap((one) => this.#seamOf(one) ?? []),
    ]);
  }

  /** The key's part for the dream. Frames of a shot in which nothing changes have their parameters in common. */
  #changingIn(parameters: FrameParameters): unknown {
    if (this.#dream?.of !== parameters)
      this.#dream = {
        of: parameters,
        part: changingIn(this.#settingsOf(parameters), this.#size),
      };
    return this.#dream.part;
  }

  /** The parameters of the frames after `before`, up to `last`. */
  #passed(before: number, last: number): FrameParameters[] {
    return Array.from({ length: last - before }, (_, i) =>
      parametersAt(this.shot.plan, before + 1 + i),
    );
  }

  /** The key's part for what is carried over several frames. */
  #carriedIn(passed: readonly FrameParameters[]): unknown[] {
    return passed.map((parameters) => this.#stepOf(parameters, true)[1]);
  }

  /** The key's part for the source's pictures up to the frame at `i`, without what is the same for all frames. */
  #pictureOf(i: number, carries: boolean): unknown {
    const { color } = this.shot.plan.shot;
    const held = color.match === "first";
    // Scene cuts depend on all pictures before them. A cut resets the carried picture and the colour statistics.
    if (i > 0 && this.#mayCut() && (carries || held)) return ["cuts", this.#picturesTo(i)];
    return [this.#hashes[i], held && this.#hashes[0]];
  }

  #mayCut(): boolean {
    const { still, plan } = this.shot;
    const { sceneCut, amount } = plan.shot.feedback;
    return !still && sceneCut === "reset" && amount.value !== 0;
  }

  /** The key's part for a frame's parameters, without settings: motion counts only if anything is carried. */
  #stepOf(
    { dream, feedback, motion, color, matte, mix }: FrameParameters,
    carries: boolean,
  ): unknown[] {
    const { still, plan } = this.shot;
    const { amount, mode, warp, occlusion, noise, sharpen } = feedback;
    const flow = !still && warp === "flow";
    const map = motionHomography(motion, this.#fps, this.#size.height, this.#size.width);
    const moved = [isAffine(map) ? map.slice(0, 6) : map];
    const border = motion.border === "mirror" || (isIdentity(map) && !flow) ? [] : [motion.border];
    // What is off adds nothing, so that frames of versions without it are taken.
    const fresh = noise > 0 || sharpen > 0 ? [{ noise, sharpen: sharpen / this.#fps }] : [];
    const carried = carries && [
      amount,
      mode,
      flow,
      flow && occlusion,
      ...moved,
      ...border,
      ...fresh,
    ];
    const kept = color.keep > 0 ? [{ keep: color.keep }] : [];
    const guided = plan.shot.dream.guide && dream.guideStrength;
    return [guided, carried, color.saturation, matte, mix, ...kept];
  }

  #settingsOf(parameters: FrameParameters): DreamSettings {
    const { plan, dreamer } = this.shot;
    const tools = { dreamer, preview: this.#preview };
    return dreamSettings(tools, plan.shot, parameters);
  }
}
