import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { hashFile } from "../../disk/hash-file.ts";
import { DreamError } from "../../errors.ts";
import { directionsOf, modelsOf, paletteOf, type Scene } from "../../scene/scene.ts";
import { listFrames } from "../../video/source.ts";
import { atNamedFile } from "./named-files.ts";

/** The files of a scene and its networks with their hashes; they must not change during a render. */
export class SceneFiles {
  readonly #known = new Map<string, { readonly sha256: string; found: Stats }>();
  readonly #sequences = new Map<string, readonly string[]>();

  /** Read all files; `hash` gives the sha256 of one. Throws `FILE_NOT_FOUND`, with the position of its name in the scene, if one is missing. */
  static read(scene: Scene, hash = hashFile): Promise<SceneFiles> {
    return atNamedFile(scene, () => SceneFiles.#readAll(scene, hash));
  }

  static async #readAll(scene: Scene, hash: typeof hashFile): Promise<SceneFiles> {
    const files = new SceneFiles();
    const all = new Set(scene.audio ? [scene.audio.file] : []);
    for (const shot of scene.shots ?? [scene]) {
      const { source } = shot;
      if (source.type === "frames")
        files.#sequences.set(source.pattern, await listFrames(source.pattern));
      for (const file of files.of(shot)) all.add(file);
      for (const model of modelsOf(shot))
        if ("file" in model)
          for (const file of [model.file, model.labels]) if (file !== undefined) all.add(file);
    }
    for (const file of all) {
      const found = await stat(file).catch((cause: unknown) => {
        throw new DreamError("FILE_NOT_FOUND", "the file does not exist", { where: file, cause });
      });
      files.#known.set(file, { sha256: await hash(file), found });
    }
    return files;
  }

  /** All files with sha256 and length in bytes. */
  list(): { readonly file: string; readonly sha256: string; readonly bytes: number }[] {
    return [...this.#known].map(([file, { sha256, found }]) => ({
      file,
      sha256,
      bytes: found.size,
    }));
  }

  /** Files of a shot's pictures, source, guide, mattes and palette, and of its directions. */
  of(shot: Scene): string[] {
    const { source, dream, matte, regions = [] } = shot;
    const pictures =
      source.type === "frames"
        ? this.sequence(source.pattern)
        : source.type === "image" || source.type === "video"
          ? [source.file]
          : [];
    const mattes = regions.map((region) => region.matte);
    const sides = [dream.guide, matte, paletteOf(shot), ...mattes].flatMap((side) =>
      side ? [side.file] : [],
    );
    return [...pictures, ...sides, ...directionsOf(shot).map(({ file }) => file)];
  }

  /** The pictures of a numbered pattern or folder. */
  sequence(pattern: string): readonly string[] {
    return this.#sequences.get(pattern) ?? [];
  }

  sha256(file: string): string | undefined {
    return this.#known.get(file)?.sha256;
  }

  /** Throws `SOURCE_CHANGED` if a file has changed. */
  async check(): Promise<void> {
    // In parallel: a sequence may have thousands of pictures, and every frame checks them.
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
  return new DreamError("SOURCE_CHANGED", `the file ${what} during the render`, {
    where: file,
    hint: "Restore it to resume the render; with a different file, the render starts over.",
  });
}
