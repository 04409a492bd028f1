/**
 * The render cache: a folder beside an output with every finished frame as PNG and some checkpoints, and
 * the cuts of clips. A file's name
 * contains its frame and the key of everything that it is made from, so the folder is its own journal: files are
 * written atomically, and files made from other settings are never used.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { exists } from "../../disk/exists.ts";
import { takeLock } from "../../disk/lock.ts";
import { makeFolder } from "../../disk/make-folder.ts";
import {
  placeHint,
  writeAtomically,
  writeError,
  writeShared,
} from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";

/** An empty file that marks a finished render, whose files are kept only for later edits. */
export const finishedMark = "finished";

const ours = /^(?:frame-\d+|state-\d+-n?\d+|cuts-\d+)\.[0-9a-f]{16}\.(?:png|f32|json)$/;
/** What killed processes leave: files that never got their names, outputs, and locks that were being taken over. */
const leftover = /^\..*\.partial\.(?:png|f32|json)$|^unfinished|^lock\.[0-9a-f]{8}\.stale$/;

/** The cache folder of a render into `output`. A preview has its own folder. */
export function workFolderOf(output: string, preview: boolean): string {
  return `${resolve(output)}.${preview ? "preview-work" : "work"}`;
}

async function makeAndLock(path: string): ReturnType<typeof takeLock> {
  await mkdir(dirname(path), { recursive: true });
  await makeFolder(path);
  try {
    return await takeLock(join(path, "lock"));
  } catch (error) {
    // Remove a folder that was just created if the disk has no room.
    await rmdir(path).catch(() => {});
    throw error;
  }
}

interface OpenOptions {
  readonly preview: boolean;
  readonly fresh: boolean;
  /**
   * Whether other processes write into it too, each what it has a lease for: nothing is locked, and nothing of theirs is
   * removed until a finished render closes it. The folder above exists.
   */
  readonly shared?: boolean | undefined;
}

/** A cache folder that this process has locked, unless it is shared. */
export class CacheFolder {
  readonly path: string;
  /** Whether the files that existed at opening belong to a finished render. */
  readonly wasFinished: boolean;
  readonly #names: Set<string>;
  /** Undefined for a shared folder. */
  readonly #release: (() => Promise<void>) | undefined;
  #changed = false;

  private constructor(
    path: string,
    names: readonly string[],
    release: (() => Promise<void>) | undefined,
    wasFinished: boolean,
  ) {
    this.path = path;
    this.wasFinished = wasFinished;
    this.#names = new Set(names);
    this.#release = release;
  }

  /**
   * Open the folder, and create it if necessary; `fresh` empties it. Throws `OUTPUT_BUSY` if another process uses it,
   * `OUTPUT_UNWRITABLE`, `DISK_FULL`.
   */
  static async open(output: string, { preview, fresh, shared }: OpenOptions): Promise<CacheFolder> {
    const path = workFolderOf(output, preview);
    if (shared) return CacheFolder.#openShared(path);
    const lock = await makeAndLock(path).catch((cause: unknown) => {
      throw writeError(cause, output, placeHint);
    });
    if (!("release" in lock)) {
      throw new DreamError(
        "OUTPUT_BUSY",
        `process ${lock.pid} on ${lock.host} is rendering into this output`,
        {
          where: output,
          hint: `Wait for it, or choose another output. If that process is not dreamreel, delete ${join(path, "lock")}.`,
        },
      );
    }
    const names: string[] = [];
    const found = await readdir(path);
    // The render is unfinished from now on, also for a process that cleans up beside it.
    await rm(join(path, finishedMark), { force: true });
    for (const name of found) {
      if (leftover.test(name) || (fresh && ours.test(name)))
        await rm(join(path, name), { recursive: true, force: true });
      else if (ours.test(name)) names.push(name);
    }
    return new CacheFolder(path, names, () => lock.release(), found.includes(finishedMark));
  }

  static async #openShared(path: string): Promise<CacheFolder> {
    try {
      await makeFolder(path);
      // A change of our own makes a network file system read the names again.
      const look = join(path, `.look.${randomBytes(4).toString("hex")}.partial.json`);
      await writeFile(look, "");
      await rm(look, { force: true });
      const names = (await readdir(path)).filter((name) => ours.test(name));
      return new CacheFolder(path, names, undefined, false);
    } catch (cause) {
      throw writeError(cause, path, placeHint);
    }
  }

  /** Empty the folder of a finished render; returns false if it is in use. */
  static async clear(path: string): Promise<boolean> {
    const lock = await takeLock(join(path, "lock")).catch(() => undefined);
    if (!lock || !("release" in lock)) return false;
    try {
      const names = await readdir(path);
      // Another process may have used it before the lock was taken.
      if (!names.includes(finishedMark)) return false;
      for (const name of names)
        if (ours.test(name) || leftover.test(name))
          await rm(join(path, name), { recursive: true, force: true });
      await rm(join(path, finishedMark), { force: true });
    } finally {
      await lock.release();
    }
    await rmdir(path).catch(() => {});
    return true;
  }

  /** Whether a cache exists for an output, finished or not. */
  static async exists(output: string, preview: boolean): Promise<boolean> {
    return exists(workFolderOf(output, preview));
  }

  /** Whether it contains a file of this name, from this run or an earlier one. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Path of a file. */
  locate(name: string): string {
    return join(this.path, name);
  }

  /** Write a file of this name, atomically. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await (this.#release ? writeAtomically : writeShared)(content, this.locate(name));
    this.#changed = true;
    this.#names.add(name);
  }

  /** A folder for an output that is being written; in a shared folder, one that no other process writes into. */
  async scratch(): Promise<string> {
    if (this.#release) return this.path;
    const path = join(this.path, `unfinished-${randomBytes(4).toString("hex")}`);
    await mkdir(path).catch((cause: unknown) => {
      throw writeError(cause, path, placeHint);
    });
    return path;
  }

  async remove(name: string): Promise<void> {
    this.#names.delete(name);
    await rm(join(this.path, name), { force: true });
  }

  /** Names of all files, for any version of the scene. */
  names(): string[] {
    return [...this.#names];
  }

  /** Size of a file on the disk, bytes. */
  async bytesOf(name: string): Promise<number> {
    return stat(this.locate(name)).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** Numbers of the stored frames, for any version of the scene. */
  frameNumbers(): number[] {
    return [...this.#names].flatMap(
      (name) => /^frame-(\d+)/.exec(name)?.slice(1).map(Number) ?? [],
    );
  }

  /**
   * Release the folder. An empty folder is removed; files that dreamreel did not write stay. A shared folder stays as it is,
   * unless `finished` says whether the files of a finished render are kept.
   */
  async close({ finished: given }: { readonly finished?: boolean } = {}): Promise<void> {
    if (!this.#release && given === undefined) return;
    const finished = given ?? (this.wasFinished && !this.#changed);
    for (const name of await readdir(this.path))
      if (leftover.test(name)) await rm(join(this.path, name), { recursive: true, force: true });
    if (finished && this.#names.size > 0)
      await writeFile(join(this.path, finishedMark), "").catch(() => {});
    await this.#release?.();
    await rmdir(this.path).catch(() => {});
  }
}
