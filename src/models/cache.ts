import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { exists } from "../disk/exists.ts";
import { hashFile } from "../disk/hash-file.ts";
import { DreamError } from "../errors.ts";
import type { CatalogueEntry } from "./catalogue.ts";

/** The folder for downloaded networks: `DREAMREEL_CACHE`, else the platform's cache folder. */
export function cacheFolder(): string {
  return process.env.DREAMREEL_CACHE || join(envPaths("dreamreel", { suffix: "" }).cache, "models");
}

/** Path of the network's file, whether or not it exists. */
export function cachedPath(entry: CatalogueEntry): string {
  return join(cacheFolder(), entry.file);
}

/**
 * The network's file after a check of its sha256, or undefined if it is not in the cache. The result is cached until
 * the file changes. Throws `MODEL_INVALID` if the file does not match the catalogue.
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
      hint: `Its sha256 must be ${entry.sha256}. Run "dreamreel models remove ${entry.name}", then pull it again.`,
    });
  }
  // Optional: if the cache is not writable, the file is hashed again next time.
  await writeFile(markOf(path), mark).catch(() => {});
  return path;
}

/** Delete the network's file and the files beside it. Returns whether it existed. */
export async function removeCached(entry: CatalogueEntry): Promise<boolean> {
  const path = cachedPath(entry);
  const existed = await exists(path);
  for (const file of [path, markOf(path), partialOf(path)]) await rm(file, { force: true });
  return existed;
}

/** Path of the file that records the last check. */
export function markOf(path: string): string {
  return `${path}.verified`;
}

/** Path of the partial download. */
export function partialOf(path: string): string {
  return `${path}.partial`;
}
