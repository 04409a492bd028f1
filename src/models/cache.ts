import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { hashFile } from "../disk/hash-file.ts";
import { DreamError } from "../errors.ts";
import type { CatalogueEntry } from "./catalogue.ts";

/** Where downloaded networks are kept: `DREAMREEL_CACHE`, else the platform's cache folder. */
export function cacheFolder(): string {
  return process.env.DREAMREEL_CACHE || join(envPaths("dreamreel", { suffix: "" }).cache, "models");
}

/** Where the network's file is, or would be. */
export function cachedPath(entry: CatalogueEntry): string {
  return join(cacheFolder(), entry.file);
}

/**
 * The network's file, its sha256 checked, or undefined where it is not in the cache. The check is remembered
 * until the file changes. Throws `MODEL_INVALID` where the file is not what the catalogue says.
 */
export async function verifiedPath(entry: CatalogueEntry): Promise<string | undefined> {
  const path = cachedPath(entry);
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const mark = `${entry.sha256} ${found.size} ${found.mtimeMs}`;
  const known = await readFile(markOf(path), "utf8").catch(() => "");
  if (known === mark) return path;
  const actual = found.size === entry.bytes ? await hashFile(path) : `${found.size} bytes long`;
  if (actual !== entry.sha256) {
    throw new DreamError("MODEL_INVALID", `this is not the network "${entry.name}": ${actual}`, {
      where: path,
      hint: `Its sha256 must be ${entry.sha256}. "dreamreel models remove ${entry.name}", then pull it again.`,
    });
  }
  // Only a shortcut: where the cache cannot be written to, the file is hashed again next time.
  await writeFile(markOf(path), mark).catch(() => {});
  return path;
}

/** Delete the network's file and all that belongs to it. Says whether there was one. */
export async function removeCached(entry: CatalogueEntry): Promise<boolean> {
  const path = cachedPath(entry);
  const existed = await stat(path).then(
    () => true,
    () => false,
  );
  for (const file of [path, markOf(path), partialOf(path)]) await rm(file, { force: true });
  return existed;
}

/** Beside the file: what was checked of it. */
export function markOf(path: string): string {
  return `${path}.verified`;
}

/** Beside the file: what has been downloaded of it so far. */
export function partialOf(path: string): string {
  return `${path}.partial`;
}
