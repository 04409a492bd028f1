/** Where the finished frames of each version of a scene are. */
import { resolve } from "node:path";
import sharp from "sharp";
import { Refused } from "./answer.ts";
import type { Finished } from "./api-render.ts";
import type { FinishedCall, FinishedCallResult, SceneNow } from "./calls.ts";
import { versionOf } from "./scene-folder.ts";

/** Most versions that are kept. */
const maxFilms = 24;
const maxWidth = 4096;

interface Film {
  readonly info: FinishedCallResult;
  readonly files: Map<number, string>;
}

export class FinishedFilms {
  /** Folders on the farm with frames of a scene. */
  cachesOf: ((path: string) => readonly string[]) | undefined;
  readonly #find: (call: FinishedCall) => Promise<FinishedCallResult>;
  readonly #films = new Map<string, Film>();
  /** Media of the same name may change: addresses are then new ones. */
  #generation = 0;

  constructor(find: (call: FinishedCall) => Promise<FinishedCallResult>) {
    this.#find = find;
  }

  /** Look for the finished frames of a text anew. Throws what opening the scene throws. */
  async find(path: string, now: SceneNow): Promise<Finished & { readonly output: string }> {
    const info = await this.#find({ ...now, caches: this.cachesOf?.(path) ?? [] });
    const version = this.version(now.text);
    const key = `${path} ${version}`;
    const film = { info, files: new Map(info.files) };
    this.#films.delete(key);
    this.#films.set(key, film);
    for (const old of this.#films.keys()) {
      if (this.#films.size <= maxFilms) break;
      this.#films.delete(old);
    }
    const { frames, fps, size, output } = info;
    return { frames, fps, size, ranges: rangesOf([...film.files.keys()]), version, output };
  }

  /** A render has finished a frame; `file` is a name in its cache, or a path. Gives its address. */
  add(path: string, text: string, frame: number, file: string): string {
    const version = this.version(text);
    this.#films.get(`${path} ${version}`)?.files.set(frame, file);
    const query = new URLSearchParams({ path, frame: String(frame), version });
    return `/api/frames?${query}`;
  }

  version(text: string): string {
    return `${versionOf(text)}.${this.#generation}`;
  }

  /** Whether a version is of the present generation: its pictures then never change. */
  knows(path: string, version: string): boolean {
    return this.#films.has(`${path} ${version}`);
  }

  /** A finished frame as JPEG. Throws `Refused`, 404 where it is not finished. */
  async picture(
    path: string,
    version: string,
    frame: number,
    width: number | undefined,
  ): Promise<Uint8Array> {
    const film = this.#films.get(`${path} ${version}`);
    const name = film?.files.get(frame);
    if (!film || name === undefined)
      throw new Refused(404, "NOT_FOUND", `frame ${frame} is not finished`);
    const image = sharp(resolve(film.info.cache, name), { failOn: "error" });
    const wanted =
      width !== undefined && width >= 16 && width < film.info.size.width
        ? image.resize({ width: Math.min(maxWidth, Math.round(width)), kernel: "cubic" })
        : image;
    return wanted
      .jpeg({ quality: 88 })
      .toBuffer()
      .catch(() => {
        film.files.delete(frame);
        throw new Refused(404, "NOT_FOUND", `frame ${frame} is no longer there`);
      });
  }

  forget(): void {
    this.#generation++;
    this.#films.clear();
  }
}

/** Frames in ascending order as ranges, both ends included. */
export function rangesOf(frames: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const frame of [...frames].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && frame === last[1] + 1) last[1] = frame;
    else ranges.push([frame, frame]);
  }
  return ranges;
}
