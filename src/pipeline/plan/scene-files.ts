import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { hashFile } from "../../disk/hash-file.ts";
import { DreamError } from "../../errors.ts";
import type { Scene } from "../../scene/scene.ts";
import { listFrames } from "../../video/source.ts";

/** The files of a scene and its networks by their content, which must stay the same while it is rendered. */
export class SceneFiles {
  readonly #known = new Map<string, { readonly sha256: string; found: Stats }>();
  readonly #sequences = new Map<string, readonly string[]>();

  /** Throws `FILE_NOT_FOUND` where one is not there. */
  static async read(scene: Scene): Promise<SceneFiles> {
    const files = new SceneFiles();
    const all = new Set(scene.audio ? [scene.audio.file] : []);
    for (const shot of scene.shots ?? [scene]) {
      const { source, model } = shot;
      if (source.type === "frames")
        files.#sequences.set(source.pattern, await listFrames(source.pattern));
      for (const file of files.of(shot)) all.add(file);
      if ("file" in model)
        for (const file of [model.file, model.labels]) if (file !== undefined) all.add(file);
    }
    for (const file of all) {
      const found = await stat(file).catch((cause: unknown) => {
        throw new DreamError("FILE_NOT_FOUND", "there is no such file", { where: file, cause });
      });
      files.#known.set(file, { sha256: await hashFile(file), found });
    }
    return files;
  }

  /** Each with its sha256 and its length, bytes. */
  list(): { readonly file: string; readonly sha256: string; readonly bytes: number }[] {
    return [...this.#known].map(([file, { sha256, found }]) => ({
      file,
      sha256,
      bytes: found.size,
    }));
  }

  /** Files that the pictures of a shot of the scene are made from: source, guide, matte. */
  of({ source, dream, matte }: Scene): string[] {
    const pictures =
      source.type === "frames"
        ? this.sequence(source.pattern)
        : source.type === "image" || source.type === "video"
          ? [source.file]
          : [];
    return [...pictures, ...[dream.guide, matte].flatMap((side) => (side ? [side.file] : []))];
  }

  /** The pictures behind a numbered pattern or a folder. */
  sequence(pattern: string): readonly string[] {
    return this.#sequences.get(pattern) ?? [];
  }

  sha256(file: string): string | undefined {
    return this.#known.get(file)?.sha256;
  }

  /** Throws `SOURCE_CHANGED` where a file is not what it was. */
  async check(): Promise<void> {
    // All at once: a sequence may have thousands of pictures, and this is asked at every frame.
    await Promise.all(
      [...this.#known].map(async ([file, known]) => {
        const found = await stat(file).catch(() => {
          throw changed(file, "was removed");
        });
        if (found.size === known.found.size && found.mtimeMs === known.found.mtimeMs) return;
        if (found.size !== known.found.size || (await hashFile(file)) !== known.sha256)
          throw changed(file, "changed");
        known.found = found;
      }),
    );
  }
}

function changed(file: string, what: string): DreamError {
  return new DreamError("SOURCE_CHANGED", `the file ${what} while it was being dreamed`, {
    where: file,
    hint: "Put it back to go on from here; with another file in its place the render starts anew.",
  });
}
