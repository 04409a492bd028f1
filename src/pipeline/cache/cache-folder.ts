/**
 * The folder beside an output that holds what a render has done so far: every finished frame as PNG, and some of the
 * pictures it carried. Names tell what a file is of and the key of all it was made from, so the folder is its own
 * journal: a file is there whole or not at all, and one made from other settings is never taken.
 */
import { mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { takeLock } from "../../disk/lock.ts";
import { placeHint, writeError } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";

/** An empty file that says: the render is done, and what is here is kept only for a later edit. */
export const finishedMark = "finished";

const ours = /^(?:frame-\d+|state-\d+-n?\d+)\.[0-9a-f]{16}\.(?:png|f32)$/;
const leftover = /^\..*\.partial\.(?:png|f32)$|^unfinished/;

/** Where the work of a render into `output` is kept. A preview has a folder of its own. */
export function workFolderOf(output: string, preview: boolean): string {
  return `${resolve(output)}.${preview ? "preview-work" : "work"}`;
}

async function makeAndLock(path: string): ReturnType<typeof takeLock> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  try {
    return await takeLock(join(path, "lock"));
  } catch (error) {
    // It may have been made just now: nothing is left where there is no room for anything.
    await rmdir(path).catch(() => {});
    throw error;
  }
}

/** A work folder that this process has to itself. */
export class CacheFolder {
  readonly path: string;
  /** Whether all that was there when it was opened is of a finished render. */
  readonly wasFinished: boolean;
  readonly #names: Set<string>;
  readonly #release: () => Promise<void>;
  #changed = false;

  private constructor(
    path: string,
    names: readonly string[],
    release: () => Promise<void>,
    wasFinished: boolean,
  ) {
    this.path = path;
    this.wasFinished = wasFinished;
    this.#names = new Set(names);
    this.#release = release;
  }

  /**
   * Open the folder, made where there is none; `fresh` empties it. Throws `OUTPUT_BUSY` where another process works in
   * it, `OUTPUT_UNWRITABLE`, `DISK_FULL`.
   */
  static async open(
    output: string,
    { preview, fresh }: { readonly preview: boolean; readonly fresh: boolean },
  ): Promise<CacheFolder> {
    const path = workFolderOf(output, preview);
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
    // From now on it is work again, also for a process that clears up beside it.
    await rm(join(path, finishedMark), { force: true });
    for (const name of found) {
      // What a killed process was writing.
      if (leftover.test(name) || (fresh && ours.test(name)))
        await rm(join(path, name), { recursive: true, force: true });
      else if (ours.test(name)) names.push(name);
    }
    return new CacheFolder(path, names, () => lock.release(), found.includes(finishedMark));
  }

  /** Empty the folder of a finished render; false where it is in use. */
  static async clear(path: string): Promise<boolean> {
    const lock = await takeLock(join(path, "lock")).catch(() => undefined);
    if (!lock || !("release" in lock)) return false;
    try {
      const names = await readdir(path);
      // Somebody may have begun to work in it, and stopped, before the lock was taken.
      if (!names.includes(finishedMark)) return false;
      for (const name of names) if (ours.test(name)) await rm(join(path, name), { force: true });
      await rm(join(path, finishedMark), { force: true });
    } finally {
      await lock.release();
    }
    await rmdir(path).catch(() => {});
    return true;
  }

  /** Whether there is work for an output, finished or not. */
  static async exists(output: string, preview: boolean): Promise<boolean> {
    return stat(workFolderOf(output, preview)).then(
      () => true,
      () => false,
    );
  }

  /** Whether there is a file of this name, from this run or an earlier one. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Where a file is. */
  locate(name: string): string {
    return join(this.path, name);
  }

  /** Say that a file has been written. */
  added(name: string): void {
    this.#changed = true;
    this.#names.add(name);
  }

  async remove(name: string): Promise<void> {
    this.#names.delete(name);
    await rm(join(this.path, name), { force: true });
  }

  /** All files there are, of any version of the scene. */
  names(): string[] {
    return [...this.#names];
  }

  /** What a file takes on the disk. */
  async bytesOf(name: string): Promise<number> {
    return stat(this.locate(name)).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** Numbers of the frames there are, of any version of the scene. */
  frameNumbers(): number[] {
    return [...this.#names].flatMap(
      (name) => /^frame-(\d+)/.exec(name)?.slice(1).map(Number) ?? [],
    );
  }

  /** Give the folder back. It goes once it holds nothing; what dreamreel did not put there stays. */
  async close({
    finished = this.wasFinished && !this.#changed,
  }: {
    readonly finished?: boolean;
  } = {}): Promise<void> {
    for (const name of await readdir(this.path))
      if (leftover.test(name)) await rm(join(this.path, name), { recursive: true, force: true });
    if (finished && this.#names.size > 0)
      await writeFile(join(this.path, finishedMark), "").catch(() => {});
    await this.#release();
    await rmdir(this.path).catch(() => {});
  }
}
