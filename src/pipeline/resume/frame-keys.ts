import { createHash } from "node:crypto";
import { engineTitle } from "../../runtime/engine.ts";
import type { PreparedRender, PreparedShot, PrepareOptions } from "../prepare.ts";
import { runtimeVersion } from "../recipe/recipe.ts";
import type { SceneFiles } from "./scene-files.ts";

/** Raise it when the same scene comes out differently from before: kept frames of older versions are then not taken. */
export const keysVersion = 2;

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
      prepared.shots.map((shot) => new ShotKeys(shot, originOf(prepared, shot, files, options))),
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
  readonly #origin: string;
  readonly #keys: string[] = [];

  constructor(shot: PreparedShot, origin: string) {
    this.shot = shot;
    this.#origin = origin;
  }

  at(frame: number): string {
    const { plan } = this.shot;
    const first = -plan.lead - plan.settle;
    for (let i = this.#keys.length; i <= frame - first; i++) {
      const parameters = plan.at(first + i);
      const before = parameters.feedback.amount > 0 ? this.#keys[i - 1] : undefined;
      this.#keys.push(digest([this.#origin, first + i, parameters, before]));
    }
    return this.#keys[frame - first]!;
  }
}

/** What is the same for all frames of a shot. */
function originOf(
  { plan, engine }: PreparedRender,
  { plan: shotPlan, dreamer }: PreparedShot,
  files: SceneFiles,
  { preview }: PrepareOptions,
): string {
  const { shot, frames, lead, settle } = shotPlan;
  const { source, seed, color, dream, matte } = shot;
  const { preset, guide } = dream;
  const { network } = dreamer;
  return digest([
    [keysVersion, runtimeVersion, engineTitle(engine), network.sha256, network.labels],
    dreamer.settings(preset ? { preset } : {}),
    [plan.size.width, plan.size.height, plan.fps.num, plan.fps.den, preview === true, seed],
    files.of(shot).map((file) => files.sha256(file)),
    withoutFile(source),
    [color.match, guide && [guide.type, guide.match], matte && [matte.type, matte.invert]],
    // A loop's pictures depend on where it ends.
    lead > 0 ? [frames, lead, settle] : [],
  ]);
}

/** A file counts by what is in it, and not by its name. */
function withoutFile(source: object): unknown {
  return { ...source, file: undefined, pattern: undefined };
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
