import type { Scene } from "../../scene/scene.ts";
import { isSeenAlone, type RenderPlan } from "../plan/plan.ts";
import type { PreparedRender, PrepareOptions } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";
import { CacheFolder } from "./cache-folder.ts";
import { Checkpoints } from "./checkpoints.ts";
import { FinishedFrames } from "./finished-frames.ts";
import { FrameKeys } from "./frame-keys.ts";
import { bytesForKept, makeRoom } from "./retention.ts";

export interface CacheOptions extends PrepareOptions {
  readonly fresh?: boolean;
  /** Whether shots are dreamed in parallel: the pictures of cross-fades are kept until they are mixed. */
  readonly parallel?: boolean;
  /** What finished renders beside the output may keep for later edits, bytes; by default a share of what is free. */
  readonly keptBytes?: number;
}

/** All that is kept of a render until it is done. */
export class RenderCache {
  readonly frames: FinishedFrames;
  readonly files: SceneFiles;
  readonly #checkpoints: readonly Checkpoints[];
  readonly #folder: CacheFolder;
  readonly #plan: RenderPlan;
  readonly #file: string;
  readonly #keptBytes: number | undefined;
  /** Frames outside of this run's, of a render that was not finished and is going to want them. */
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
    this.#checkpoints = plan.shots.map(
      (_, shot) =>
        new Checkpoints(folder, {
          shot,
          size: plan.size,
          fps: plan.fps,
          keyOf: (frame) => keys.ofShot(shot, frame),
          ...(parallel ? { lasting: (frame) => !isSeenAlone(plan, shot, frame) } : {}),
        }),
    );
    this.#others =
      !folder.wasFinished &&
      folder.frameNumbers().some((index) => index < plan.first || index > plan.last);
  }

  /** Throws what `CacheFolder.open` throws. */
  static async open(
    file: string,
    files: SceneFiles,
    prepared: PreparedRender,
    options: CacheOptions,
  ): Promise<RenderCache> {
    const { preview = false, fresh = false } = options;
    const folder = await CacheFolder.open(file, { preview, fresh });
    try {
      const keys = FrameKeys.of(prepared, files, options);
      return new RenderCache(file, folder, keys, files, prepared, options);
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  get path(): string {
    return this.#folder.path;
  }

  /** Carried pictures of a shot, by its number. */
  checkpoints(shot: number): Checkpoints {
    return this.#checkpoints[shot]!;
  }

  /** Number of wanted frames that are there. */
  keptFrames({ first, last }: RenderPlan): number {
    let kept = 0;
    for (let index = first; index <= last; index++) if (this.frames.has(index)) kept++;
    return kept;
  }

  /** Keep a finished frame. Throws `SOURCE_CHANGED`, `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async keep(index: number, pixels: Uint8Array): Promise<number> {
    await this.files.check();
    return this.frames.save(index, pixels);
  }

  /** Remove what another version of the scene left, once it was finished. Gives whether there was anything. */
  async dropOutdated(): Promise<boolean> {
    if (!this.#folder.wasFinished) return false;
    const outdated = this.#folder.names().filter((name) => this.#placeOf(name) === undefined);
    for (const name of outdated) await this.#folder.remove(name);
    return outdated.length > 0;
  }

  /** Whether all that is there is of this version of the scene. */
  isAllCurrent(): boolean {
    return this.#folder.names().every((name) => this.#placeOf(name) !== undefined);
  }

  /** Give the folder back with all that an unfinished render goes on from. */
  async close(): Promise<void> {
    for (const checkpoints of this.#checkpoints) await checkpoints.flush();
    await this.#folder.close();
  }

  /** Give the folder back once the output is complete, with what `output.keepFrames` says. */
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

  /** Keep the beginning of the film, as much as has room: what comes after an edit is dreamed anew anyway. */
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

  /** The frame of the film that a file belongs to; undefined for what other versions of the scene made. */
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
