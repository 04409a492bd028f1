/** The scenes of the folder as the page lists them. */
import { stat } from "node:fs/promises";
import { DreamError } from "../errors.ts";
import { outputPath } from "../output.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import type { Scene } from "../scene/scene.ts";
import { isInBeats, toSeconds } from "../scene/time.ts";
import type { SceneEntry } from "./api.ts";
import { problemsOf } from "./check-problems.ts";
import type { KnownMedia } from "./media-facts.ts";
import { type Found, type SceneFolder, versionOf } from "./scene-folder.ts";
import type { Thumbnails } from "./thumbnails.ts";

type Read = Pick<
  SceneEntry,
  "title" | "version" | "problems" | "size" | "fps" | "durationSec" | "kind"
> & {
  readonly scene?: Scene;
};

export class SceneList {
  readonly #folder: SceneFolder;
  readonly #thumbnails: Thumbnails;
  readonly #media: KnownMedia;
  readonly #known = new Map<string, { readonly modified: number; readonly read: Read }>();

  constructor(folder: SceneFolder, thumbnails: Thumbnails, media: KnownMedia) {
    this.#folder = folder;
    this.#thumbnails = thumbnails;
    this.#media = media;
  }

  /** The newest first. Files that are no scenes are left out. */
  async read(): Promise<SceneEntry[]> {
    const found = await this.#folder.scenes();
    const entries = await Promise.all(found.map((one) => this.#entry(one)));
    return entries.filter((entry) => entry !== undefined);
  }

  async #entry({ path, modified }: Found): Promise<SceneEntry | undefined> {
    const known = this.#known.get(path);
    const read =
      known?.modified === modified ? known.read : await this.#parse(path).catch(() => undefined);
    if (!read) return undefined;
    this.#known.set(path, { modified, read });
    const { scene, ...entry } = read;
    const output = scene && (await stat(outputPath(outputOf(scene))).catch(() => undefined));
    const version = `${read.version}-${Math.round(output?.mtimeMs ?? 0)}`;
    const query = new URLSearchParams({ path, v: version });
    const picture = new URLSearchParams({ path, v: await this.#thumbnails.version(path) });
    return {
      path,
      modified,
      ...entry,
      ...(scene ? await this.#ofClip(scene) : {}),
      ...(scene ? { thumbnail: `/api/thumbnail?${picture}` } : {}),
      ...(output?.isFile() ? { output: `/api/output?${query}` } : {}),
    };
  }

  /** What a scene takes from its clip, once that is known. */
  async #ofClip(scene: Scene): Promise<Pick<SceneEntry, "durationSec" | "size" | "fps">> {
    const { source, output, duration, shots } = scene;
    if (source.type !== "video" || shots) return {};
    const { durationSec, size, fps = 24 } = (await this.#media.of(source.file)) ?? {};
    if (durationSec === undefined || size === undefined) return {};
    const at = (time: typeof source.start): number | undefined => time && toSeconds(time, fps);
    const clipSec = Math.min(durationSec, at(source.end) ?? durationSec) - (at(source.start) ?? 0);
    return {
      size: output.size ?? size,
      fps: output.fps ?? fps,
      ...(duration ? {} : { durationSec: Math.max(0, clipSec) }),
    };
  }

  async #parse(path: string): Promise<Read | undefined> {
    const { text } = await this.#folder.read(path);
    const version = versionOf(text);
    const name = path.split("/").at(-1)!;
    try {
      const scene = await this.#folder.parse(path, text);
      const { output, duration, source, title = name } = scene;
      const timed = duration && !isInBeats(duration) && !scene.shots;
      return {
        title,
        version,
        problems: 0,
        kind: source.type,
        ...(output.size ? { size: output.size } : {}),
        ...(output.fps === undefined ? {} : { fps: output.fps }),
        ...(timed ? { durationSec: toSeconds(duration, output.fps ?? 24) } : {}),
        scene,
      };
    } catch (error) {
      if (!(error instanceof DreamError)) throw error;
      // Other YAML than scenes lies in many folders.
      if (!/^\s*(?:source|shots|dream)\s*:/m.test(text)) return undefined;
      return { title: name, version, problems: problemsOf(error).length, kind: "unknown" };
    }
  }
}
