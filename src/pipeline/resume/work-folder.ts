/**
 * The folder beside an output that holds what a render has done so far: every finished frame as PNG, and some of the
 * pictures it carried. Names tell what a file is of and the key of all it was made from, so the folder is its own
 * journal: a file is there whole or not at all, and one made from other settings is never taken.
 */
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { takeLock } from "../../disk/lock.ts";
import { placeHint, writeError } from "../../disk/whole-file.ts";
import { DreamError } from "../../errors.ts";

/** How the folder is left: as it is, without what an older version of the scene made, or not at all. */
export type Leave = "all" | "current" | "nothing";

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
export class WorkFolder {
  readonly path: string;
  readonly #names: Set<string>;
  readonly #used = new Set<string>();
  readonly #release: () => Promise<void>;

  private constructor(path: string, names: readonly string[], release: () => Promise<void>) {
    this.path = path;
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
  ): Promise<WorkFolder> {
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
    for (const name of await readdir(path)) {
      // What a killed process was writing.
      if (leftover.test(name) || (fresh && ours.test(name)))
        await rm(join(path, name), { recursive: true, force: true });
      else if (ours.test(name)) names.push(name);
    }
    return new WorkFolder(path, names, () => lock.release());
  }

  /** Whether there is a file of this name, from this run or an earlier one. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Where a file is. What is asked for belongs to the render as it is now. */
  locate(name: string): string {
    this.#used.add(name);
    return join(this.path, name);
  }

  /** Say that a file has been written. */
  added(name: string): void {
    this.#names.add(name);
  }

  async remove(name: string): Promise<void> {
    this.#names.delete(name);
    await rm(join(this.path, name), { force: true });
  }

  /** Numbers of the frames there are, of any version of the scene. */
  frameNumbers(): number[] {
    return [...this.#names].flatMap(
      (name) => /^frame-(\d+)/.exec(name)?.slice(1).map(Number) ?? [],
    );
  }

  /** Give the folder back. It goes once it holds nothing; what dreamreel did not put there stays. */
  async close(leave: Leave): Promise<void> {
    for (const name of await readdir(this.path))
      if (leftover.test(name)) await rm(join(this.path, name), { recursive: true, force: true });
    for (const name of [...this.#names]) {
      if (leave === "nothing" || (leave === "current" && !this.#used.has(name)))
        await this.remove(name);
    }
    await this.#release();
    await rmdir(this.path).catch(() => {});
  }
}
