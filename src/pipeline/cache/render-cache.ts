import type { Scene, Shot } from "../../scene/scene.ts";
import { isSeenAlone, type RenderPlan } from "../plan/plan.ts";
import type { PreparedRender, PrepareOptions } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";
import { CacheFolder } from "./cache-folder.ts";
import { Checkpoints } from "./checkpoints.ts";
import { FinishedFrames } from "./finished-frames.ts";
import { FrameKeys } from "./frame-keys.ts";
import { KnownCuts } from "./known-cuts.ts";
import { bytesForKept, makeRoom } from "./retention.ts";

export interface CacheOptions extends PrepareOptions {
  readonly fresh?: boolean;
  /** Whether shots are rendered in parallel: frames of crossfades are then stored until they are mixed. */
  readonly parallel?: boolean;
  /** Whether other processes write into the cache too, each what it has a lease for. */
  readonly shared?: boolean;
  /** Bytes that finished renders beside the output may keep for later edits; by default a share of the free space. */
  readonly keptBytes?: number;
}

/** All files that a render stores until it is done. */
export class RenderCache {
  readonly frames: FinishedFrames;
  readonly files: SceneFiles;
  readonly #checkpoints: readonly Checkpoints[];
  readonly #folder: CacheFolder;
  readonly #plan: RenderPlan;
  readonly #file: string;
  readonly #keptBytes: number | undefined;
  /** Whether it contains frames outside this run's range, from an unfinished render that will need them. */
  readonly #others: boolean;

  private constructor(
    file: string,
    folder: CacheFolder,
    keys: FrameKeys,
    files: SceneFiles,
    { plan }: PreparedRender,
    { parallel = false, keptBytes }: CacheOptions,
  ) {
    this.#file = file;
    this.#folder = folder;
    this.#plan = plan;
    this.#keptBytes = keptBytes;
    this.files = files;
    this.frames = new FinishedFrames(folder, plan.size, (index) => keys.ofFilm(index));
    // The stretches of a shot share what is known of its cuts.
    const cuts = new Map<Shot, KnownCuts>();
    for (const [i, { shot }] of plan.shots.entries())
      if (!cuts.has(shot)) cuts.set(shot, new KnownCuts(folder, i, keys.ofCuts(i)));
    this.#checkpoints = plan.shots.map(
      ({ cadence }, shot) =>
        new Checkpoints(folder, {
          shot,
          size: plan.size,
          fps: plan.fps,
          cadence,
          cuts: cuts.get(plan.shots[shot]!.shot)!,
          keyOf: (frame) => keys.ofShot(shot, frame),
          ...(parallel ? { lasting: (frame) => !isSeenAlone(plan, shot, frame) } : {}),
        }),
    );
    this.#others =
      !folder.wasFinished &&
      folder.frameNumbers().some((index) => index < plan.first || index > plan.last);
  }

  /** Open the cache. Throws the errors of `CacheFolder.open`. */
  static async open(
    file: string,
    files: SceneFiles,
    prepared: PreparedRender,
    options: CacheOptions,
  ): Promise<RenderCache> {
    const { preview = false, fresh = false, shared } = options;
    const folder = await CacheFolder.open(file, { preview, fresh, shared });
    try {
      const keys = FrameKeys.of(prepared, files, options);
      const cache = new RenderCache(file, folder, keys, files, prepared, options);
      // What goes on after a cut needs nothing from before it.
      for (const { cuts } of cache.#checkpoints) await cuts.load();
      return cache;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** A folder for an output that is being written. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  scratch(): Promise<string> {
    return this.#folder.scratch();
  }

  /** Checkpoints of a shot, by its number. */
  checkpoints(shot: number): Checkpoints {
    return this.#checkpoints[shot]!;
  }

  /** Number of requested frames that are stored. */
  keptFrames({ first, last }: RenderPlan): number {
    let kept = 0;
    for (let index = first; index <= last; index++) if (this.frames.has(index)) kept++;
    return kept;
  }

  /** Store a finished frame. Throws `SOURCE_CHANGED`, `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async keep(index: number, pixels: Uint8Array): Promise<number> {
    await this.files.check();
    return this.frames.save(index, pixels);
  }

  /** Remove files that a finished render of another version of the scene left. Returns whether there were any. */
  async dropOutdated(): Promise<boolean> {
    if (!this.#folder.wasFinished) return false;
    const outdated = this.#folder.names().filter((name) => this.#placeOf(name) === undefined);
    for (const name of outdated) await this.#folder.remove(name);
    return outdated.length > 0;
  }

  /** Whether all files belong to this version of the scene. */
  isAllCurrent(): boolean {
    return this.#folder.names().every((name) => this.#placeOf(name) !== undefined);
  }

  /** Release the folder and keep everything that an unfinished render resumes from. */
  async close(): Promise<void> {
    for (const checkpoints of this.#checkpoints) await checkpoints.flush();
    await this.#folder.close();
  }

  /** Release the folder of a complete output, with the retention that `output.keepFrames` sets. */
  async closeDone({ output: { keepFrames } }: Scene): Promise<void> {
    for (const checkpoints of this.#checkpoints) await checkpoints.flush();
    const { first, last, frames } = this.#plan;
    const part = first > 0 || last < frames - 1;
    if (part && this.#others) return this.#folder.close();
    const current: { name: string; place: number }[] = [];
    for (const name of this.#folder.names()) {
      const place = keepFrames === false ? undefined : this.#placeOf(name);
      if (place === undefined) await this.#folder.remove(name);
      else current.push({ name, place });
    }
    if (keepFrames === "auto") await this.#keepShare(current);
    await this.#folder.close({ finished: keepFrames === "auto" });
  }

  /** Keep the beginning of the film, as much as fits: frames after an edit are rendered again anyway. */
  async #keepShare(files: { readonly name: string; readonly place: number }[]): Promise<void> {
    const sized = await Promise.all(
      files.map(async (file) => ({ ...file, bytes: await this.#folder.bytesOf(file.name) })),
    );
    const all = sized.reduce((sum, { bytes }) => sum + bytes, 0);
    const max = this.#keptBytes ?? (await bytesForKept(this.#file, all));
    let room = await makeRoom(this.#file, all, max);
    for (const { name, bytes } of sized.sort((a, b) => a.place - b.place)) {
      room -= bytes;
      if (room < 0) await this.#folder.remove(name);
    }
  }

  /** The film frame that a file belongs to; undefined for files of other versions of the scene. */
  #placeOf(name: string): number | undefined {
    const frame = this.frames.frameOf(name, this.#plan.frames);
    if (frame !== undefined) return frame;
    for (const [shot, checkpoints] of this.#checkpoints.entries()) {
      const { offset, frames } = this.#plan.shots[shot]!;
      const local = checkpoints.frameOf(name, frames);
      if (local !== undefined) return Math.max(0, offset + local);
    }
    return undefined;
  }
}
