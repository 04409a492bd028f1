import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile } from "../../disk/hash-file.ts";
import { DreamError } from "../../errors.ts";
import { listFrames } from "../../video/source.ts";
import { hashSequence, type UsedFile } from "./recipe.ts";

/** Limits of the search: folder depth and number of files. */
const [deepest, max] = [3, 20_000];

/**
 * Find the files of a recipe: first by name in `folders`, then by content in all subfolders, so that renamed and
 * moved files are found too. Throws `FILE_NOT_FOUND` with the missing file.
 */
export async function findFiles(
  wanted: readonly UsedFile[],
  folders: readonly string[],
): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  let all: string[] | undefined;
  for (const file of wanted) {
    let place = await findByName(file, folders);
    if (place === undefined && file.pictures === undefined) {
      all ??= (await Promise.all(folders.map((folder) => listBelow(folder, deepest)))).flat();
      place = await findByContent(file, all);
    }
    if (place === undefined) throw missing(file, folders);
    places.set(file.name, place);
  }
  return places;
}

async function findByName(file: UsedFile, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, file.name);
    if (file.pictures === undefined ? await isSame(path, file) : await isSequence(path, file))
      return path;
  }
  return undefined;
}

async function findByContent(
  file: UsedFile,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) if (await isSame(path, file)) return path;
  return undefined;
}

async function isSame(path: string, { bytes, sha256 }: UsedFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === bytes && (await hashFile(path)) === sha256;
}

async function isSequence(pattern: string, { pictures, sha256 }: UsedFile): Promise<boolean> {
  const files = await listFrames(pattern).catch(() => []);
  if (files.length !== pictures) return false;
  return hashSequence(await Promise.all(files.map(hashFile))) === sha256;
}

async function listBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  if (depth === 0) return files;
  for (const entry of entries) {
    if (files.length > max) break;
    if (entry.isDirectory() && entry.name !== "node_modules")
      for (const file of await listBelow(join(folder, entry.name), depth - 1)) files.push(file);
  }
  return files;
}

function missing(file: UsedFile, folders: readonly string[]): DreamError {
  const size = `${(file.bytes / 1e6).toFixed(1)} MB`;
  const what = file.pictures === undefined ? size : `${file.pictures} pictures, ${size}`;
  return new DreamError(
    "FILE_NOT_FOUND",
    `"${file.name}" (${what}, sha256 ${file.sha256.slice(0, 12)}…), which this output was made from, is not in ${folders.join(", ")}`,
    { hint: "Give its folder with --files; the content must be identical." },
  );
}
