/** The scenes and media of the studio's folder. */
import { createHash } from "node:crypto";
import { access, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { readFileBytes } from "../disk/read-file.ts";
import { writeAtomically, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import { isPicture } from "../image/image.ts";
import { parseScene } from "../scene/parse.ts";
import type { Scene } from "../scene/scene.ts";
import { Refused } from "./answer.ts";
import type { MediaEntry, SceneText } from "./api.ts";
import { type Confines, safeName } from "./confine.ts";

/** More than the longest scene in the widest encoding. */
const maxBytes = 4 << 20;
/** Deepest folders that are looked into, and most folders and files: the folder may be a whole disk. */
const [deepest, maxFolders, maxFiles] = [4, 500, 5000];

const isScene = (file: string): boolean => /\.ya?ml$/i.test(file);
const isClip = (file: string): boolean =>
  /\.(?:mp4|mov|webm|mkv|avi|m4v|gif|apng|mpe?g|ts|ogv)$/i.test(file);
/** Whether a file is a sound, by its ending. */
export const isSound = (file: string): boolean =>
  /\.(?:wav|mp3|m4a|flac|ogg|opus|aac)$/i.test(file);
/** Hidden files, and folders of renders, packages and outputs. */
const passed = /^\.|^node_modules$|\.(?:preview-|motion-)?work$|^out$|^dist$/;

/** Whether a file or folder of this name is shown. */
export function isListed(name: string): boolean {
  return !passed.test(name);
}

/** A file of the folder. */
export interface Found {
  readonly path: string;
  readonly file: string;
  readonly bytes: number;
  readonly modified: number;
}

/** Hash of a scene's text, which names its version. */
export function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export class SceneFolder {
  readonly confines: Confines;
  /** Saves of one file happen one after the other. */
  readonly #saving = new Map<string, Promise<unknown>>();

  constructor(confines: Confines) {
    this.confines = confines;
  }

  /** Scenes, the newest first. */
  async scenes(): Promise<Found[]> {
    const found = await this.#list(isScene);
    return found.sort((a, b) => b.modified - a.modified);
  }

  /** Pictures, clips, sounds and networks. */
  async media(): Promise<MediaEntry[]> {
    const kind = (file: string): MediaEntry["kind"] | undefined =>
      /\.onnx$/i.test(file)
        ? "network"
        : isPicture(file)
          ? "image"
          : isClip(file)
            ? "video"
            : isSound(file)
              ? "sound"
              : undefined;
    const found = await this.#list((file) => kind(file) !== undefined);
    return found.map(({ file, ...entry }) => ({ ...entry, kind: kind(file)! }));
  }

  /** A scene's text as it is on the disk. Throws `Refused`, `TOO_LARGE`, `NOT_A_FILE`. */
  async read(path: string): Promise<SceneText> {
    const file = await this.confines.existing(path);
    if (!isScene(file)) throw new Refused(403, "FORBIDDEN", `${path} is not a scene`);
    const text = (await readFileBytes(file, { maxBytes })).toString("utf8");
    return { path, text, version: versionOf(text) };
  }

  /**
   * Write a scene atomically, if it is still `base`. Gives what is on the disk where it is not. Throws `Refused`,
   * `DISK_FULL`, `OUTPUT_UNWRITABLE`.
   */
  async save(
    path: string,
    text: string,
    base: string,
  ): Promise<{ readonly saved: boolean } & SceneText> {
    if (!isScene(path)) throw new Refused(403, "FORBIDDEN", `${path} is not a scene`);
    const file = await this.confines.writable(path);
    if (Buffer.byteLength(text) > maxBytes)
      throw new Refused(413, "TOO_LARGE", "the scene is longer than four megabytes");
    const before = this.#saving.get(file) ?? Promise.resolve();
    const work = before.then(async () => {
      const now = await this.read(path).catch((error: unknown) => {
        // A scene that was deleted meanwhile is written again.
        if (error instanceof Refused && error.status === 404) return undefined;
        throw error;
      });
      if (now && now.version !== base) return { saved: false, ...now };
      await writeAtomically(text, file, "Check that the folder is writable.");
      return { saved: true, path, text, version: versionOf(text) };
    });
    const done = work.catch(() => {});
    this.#saving.set(file, done);
    return work.finally(() => {
      if (this.#saving.get(file) === done) this.#saving.delete(file);
    });
  }

  /** Write a new scene beside the others, under `name` or the next free one; `textOf` takes its name without the ending. */
  async create(name: string, textOf: (stem: string) => string): Promise<string> {
    const stem = safeName(name, "scene").replace(/\.ya?ml$/i, "");
    return this.write(`${stem}.yaml`, textOf);
  }

  /** Write a new file at `path`, or the next free one; `textOf` takes its name without the ending. Gives its path. */
  async write(path: string, textOf: (stem: string) => string): Promise<string> {
    return this.place(path, async (file) => {
      const handle = await open(file, "wx");
      try {
        await handle.writeFile(textOf(basename(file, extname(file))));
      } catch (error) {
        // No half a scene stays where the disk is full.
        await rm(file, { force: true });
        throw error;
      } finally {
        await handle.close();
      }
    });
  }

  /**
   * Give a scene another path, or the next free one, and `text`, which is made from what is on the disk. Throws `Refused`,
   * 409 where another program has changed it meanwhile.
   */
  async move(path: string, wanted: string, text: string, base: string): Promise<string> {
    if (wanted === path) {
      const { saved } = await this.save(path, text, base);
      if (saved) return path;
    } else {
      const old = await this.confines.writable(path);
      const to = await this.write(wanted, () => text);
      if ((await this.read(path)).version === base) {
        await rm(old);
        return to;
      }
      await rm(await this.confines.writable(to));
    }
    throw new Refused(409, "CONFLICT", `${path} was changed meanwhile`, "Try it again.");
  }

  /**
   * Have `make` create a new file at the path `name`, or the next free one, in the folder. `make` must fail with `EEXIST` where
   * the file exists. Gives its path.
   */
  async place(name: string, make: (file: string) => Promise<void>): Promise<string> {
    const ending = extname(name);
    const stem = name.slice(0, name.length - ending.length);
    for (let i = 1; i < 1000; i++) {
      const path = i === 1 ? name : `${stem}-${i}${ending}`;
      const file = await this.confines.writable(path);
      try {
        await make(file);
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw writeError(error, path, "Check that the folder is writable.");
      }
    }
    throw new Refused(409, "CONFLICT", `there are too many files called ${name}`);
  }

  /** The scene of a text, as it is in the folder. Throws what `parseScene` throws. */
  async parse(path: string, text: string): Promise<Scene> {
    return parseScene(text, { path: await this.confines.writable(path) });
  }

  /** The folder, and those in it that are looked into: the nearest first. */
  async folders(): Promise<string[]> {
    const all: string[] = [];
    let level = [this.confines.folder];
    for (let depth = 0; level.length > 0 && all.length < maxFolders; depth++) {
      all.push(...level);
      const deeper = depth < deepest ? await Promise.all(level.map(foldersIn)) : [];
      level = deeper.flat().slice(0, maxFolders - all.length);
    }
    return all;
  }

  async #list(wanted: (file: string) => boolean): Promise<Found[]> {
    const found: Found[] = [];
    for (const folder of await this.folders()) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const file = join(folder, entry.name);
        if (!entry.isFile() || !isListed(entry.name) || !wanted(file)) continue;
        const info = await stat(file).catch(() => undefined);
        const path = this.confines.name(file);
        if (!info || path === undefined || found.length >= maxFiles) continue;
        found.push({ path, file, bytes: info.size, modified: info.mtimeMs });
      }
    }
    return found;
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isListed(entry.name))
    .map(({ name }) => join(folder, name));
}

/** Split what the command line names into the folder to serve and the scene to open. Throws `FILE_NOT_FOUND`. */
export async function folderOf(
  given: string,
): Promise<{ readonly folder: string; readonly scene?: string }> {
  const found = await stat(given).catch((cause: unknown) => {
    throw new DreamError("FILE_NOT_FOUND", "there is no such folder or scene", {
      where: given,
      hint: "Give a folder with scenes, or a scene. Without either, the current folder is opened.",
      cause,
    });
  });
  if (found.isDirectory()) return { folder: given };
  await access(given);
  if (!isScene(given))
    throw new DreamError("USAGE", "this is neither a folder nor a scene", {
      where: given,
      hint: "Scenes end in .yaml. A picture, clip or sound is dropped into the page.",
    });
  return { folder: dirname(given), scene: basename(given) };
}
