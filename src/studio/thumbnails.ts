/** Small pictures of the scenes, kept in the user's cache: of the last look or render, else dreamed once in the background. */
import { createHash } from "node:crypto";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { writeAtomically } from "../disk/write-atomically.ts";
import { cacheFolder } from "../models/cache.ts";
import { outputPath } from "../output.ts";
import { workFolderOf } from "../pipeline/cache/cache-folder.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import type { SceneFolder } from "./scene-folder.ts";

/** Width, px. */
const width = 384;
/** Shortest time between two pictures of a scene that is being looked at, and the first frame that is taken. */
const [pauseMs, firstFrame] = [20_000, 12];

export class Thumbnails {
  readonly #folder: SceneFolder;
  readonly #dreams: DreamService;
  readonly #hub: EventHub;
  readonly #tried = new Set<string>();

  constructor(folder: SceneFolder, dreams: DreamService, hub: EventHub) {
    this.#folder = folder;
    this.#dreams = dreams;
    this.#hub = hub;
    dreams.onLook = (path, frame, jpeg) => void this.#seen(path, frame, jpeg).catch(() => {});
  }

  /** Part of the address: it changes when the picture does. */
  async version(path: string): Promise<string> {
    const found = await stat(this.#fileOf(path)).catch(() => undefined);
    return String(Math.round(found?.mtimeMs ?? 0));
  }

  /** JPEG: the picture that is kept, else a finished frame, else for now the source. Throws what a look throws. */
  async picture(path: string): Promise<Uint8Array> {
    const kept = await readFile(this.#fileOf(path)).catch(() => undefined);
    if (kept) return kept;
    const frame = await this.#finishedFrame(path);
    if (frame) {
      // It is shown also where it cannot be kept.
      await this.keep(path, frame).catch(() => {});
      return frame;
    }
    if (!this.#tried.has(path)) {
      // A scene that cannot be dreamed, or kept, is not tried again.
      this.#tried.add(path);
      this.#dreams
        .dreamThumbnail(path, width)
        .then((jpeg) => this.keep(path, jpeg))
        .catch(() => {});
    }
    return this.#dreams.sourcePicture(path, width);
  }

  /** Keep a picture of a scene, and tell the pages. */
  async keep(path: string, jpeg: Uint8Array): Promise<void> {
    const small = await sharp(jpeg).resize({ width, withoutEnlargement: true }).jpeg().toBuffer();
    await writeAtomically(small, this.#fileOf(path));
    this.#hub.send({ type: "thumbnail", path });
  }

  /** A scene has another path. */
  async move(from: string, to: string): Promise<void> {
    // Without it the picture is made again.
    await rename(this.#fileOf(from), this.#fileOf(to)).catch(() => {});
  }

  /** A look shows a scene as it is now. The first frames show less of it than what is kept. */
  async #seen(path: string, frame: number, jpeg: Uint8Array): Promise<void> {
    const since = Date.now() - Number(await this.version(path));
    if (since > pauseMs && frame >= firstFrame) await this.keep(path, jpeg);
  }

  async #finishedFrame(path: string): Promise<Uint8Array | undefined> {
    const { text } = await this.#folder.read(path);
    const cache = workFolderOf(outputPath(outputOf(await this.#folder.parse(path, text))), false);
    const frames = (await readdir(cache).catch(() => []))
      .filter((name) => /^frame-\d+\..*\.png$/.test(name))
      .sort();
    const middle = frames[Math.floor(frames.length / 2)];
    return middle === undefined ? undefined : sharp(join(cache, middle)).jpeg().toBuffer();
  }

  #fileOf(path: string): string {
    const scene = join(this.#folder.confines.folder, path);
    const name = createHash("sha256").update(scene).digest("hex").slice(0, 32);
    return join(cacheFolder(), "studio", "thumbnails", `${name}.jpg`);
  }
}
