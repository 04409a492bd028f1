/** Copies the finished outputs of a film to where they were asked for. */
import { copyFile, cp, mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hashFile } from "../disk/hash-file.ts";
import { recoverFolder, replaceFolder } from "../disk/replace-folder.ts";
import { createAtomically, placeHint, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import { isFolderPath } from "../output.ts";
import { sidecarOf } from "../pipeline/recipe/stored-recipe.ts";
import type { FarmFilm } from "./share/film.ts";
import { filmPath } from "./share/films.ts";
import type { Share } from "./share/share.ts";

/** Throws `OUTPUT_EXISTS` if there is something at `file`: a file, or a folder that is not empty. */
export async function refuseDelivery(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found || (found.isDirectory() && (await readdir(file)).length === 0)) return;
  throw new DreamError("OUTPUT_EXISTS", "the output exists", {
    where: file,
    hint: "Choose another name with -o, or replace it with --force.",
  });
}

/**
 * Copy each output of a finished film, with the recipe beside it, to the target of its scene. Returns the files. Throws
 * `OUTPUT_EXISTS` without `force`, `OUTPUT_UNWRITABLE`, `DISK_FULL`.
 */
export async function deliver(
  share: Share,
  film: FarmFilm,
  targets: readonly string[],
  force: boolean,
): Promise<string[]> {
  const files: string[] = [];
  for (const [i, { output }] of film.scenes.entries()) {
    const target = targets[i]!;
    const source = filmPath(share, film, output);
    if (!force) await refuseDelivery(target);
    await (isFolderPath(target) ? copyFolder(source, target) : copyOne(source, target));
    const sidecar = sidecarOf(source);
    if (await stat(sidecar).catch(() => undefined)) await copyOne(sidecar, sidecarOf(target));
    files.push(target);
  }
  return files;
}

async function copyOne(source: string, target: string): Promise<void> {
  await createAtomically(
    target,
    async (temporary) => {
      await copyFile(source, temporary);
      if ((await hashFile(source)) !== (await hashFile(temporary)))
        throw new DreamError("OUTPUT_BROKEN", "the copy differs from the output in the share", {
          where: source,
          hint: "Copy it again.",
        });
    },
    placeHint,
  );
}

async function copyFolder(source: string, target: string): Promise<void> {
  const path = target.slice(0, -1);
  const [temporary, aside] = ["partial", "replaced"].map((word) =>
    join(dirname(path), `.${basename(path)}.${word}`),
  ) as [string, string];
  try {
    await mkdir(dirname(path), { recursive: true });
    await recoverFolder(path, aside);
    await rm(temporary, { recursive: true, force: true });
    await cp(source, temporary, { recursive: true });
    await replaceFolder(temporary, path, aside);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(cause, target, placeHint);
  }
}
