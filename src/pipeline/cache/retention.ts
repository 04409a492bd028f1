/**
 * Retention: finished renders keep files for later edits, within a limited share of the disk. All renders with
 * outputs in one folder share the limit; the most recent one has priority.
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { CacheFolder, finishedMark } from "./cache-folder.ts";

/** Share of the free space, where files already kept count as free. */
export const retainedShare = 0.05;
/** Limit if the free space is unknown, bytes. */
const unknownBytes = 1e9;

interface Finished {
  readonly path: string;
  readonly bytes: number;
  readonly finishedMs: number;
}

/**
 * Bytes that finished renders beside `output` may keep together; `own` of them exist and are not yet marked as kept.
 */
export async function bytesForKept(output: string, own = 0): Promise<number> {
  const folder = dirname(resolve(output));
  const free = await freeBytes(folder);
  if (free === undefined) return unknownBytes;
  return retainedShare * (free + own + sum(await finishedIn(folder)));
}

/**
 * Remove the files kept by earlier finished renders beside `output`, the oldest first, until `bytes` more fit in
 * `max`. Returns how many bytes fit. Active and unfinished renders are not touched.
 */
export async function makeRoom(output: string, bytes: number, max: number): Promise<number> {
  const others = await finishedIn(dirname(resolve(output)));
  let taken = sum(others);
  for (const { path, bytes: theirs } of others.sort((a, b) => a.finishedMs - b.finishedMs)) {
    if (taken + bytes <= max) break;
    if (await CacheFolder.clear(path)) taken -= theirs;
  }
  return Math.max(0, max - taken);
}

function sum(folders: readonly Finished[]): number {
  return folders.reduce((bytes, folder) => bytes + folder.bytes, 0);
}

/** Cache folders of finished renders in a folder. */
async function finishedIn(folder: string): Promise<Finished[]> {
  const found: Finished[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/\.(?:preview-)?work$/.test(name)) continue;
    const path = join(folder, name);
    const mark = await stat(join(path, finishedMark)).catch(() => undefined);
    if (mark) found.push({ path, bytes: await bytesIn(path), finishedMs: mark.mtimeMs });
  }
  return found;
}

async function bytesIn(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path).catch(() => []))
    bytes += await stat(join(path, name)).then(
      ({ size }) => size,
      () => 0,
    );
  return bytes;
}
