/**
 * What finished renders leave behind for later edits, within a bounded share of the disk. Those whose outputs lie in one
 * folder share it; the one that was finished last has the first claim.
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { CacheFolder, finishedMark } from "./cache-folder.ts";

/** Of what is free, with what is kept already counted as free. */
export const retainedShare = 0.05;
/** Where nobody can tell what is free. */
const unknownBytes = 1e9;

interface Finished {
  readonly path: string;
  readonly bytes: number;
  readonly finishedMs: number;
}

/** Bytes that finished renders beside `output` may keep together; `own` of them are there and not yet marked so. */
export async function bytesForKept(output: string, own = 0): Promise<number> {
  const folder = dirname(resolve(output));
  const free = await freeBytes(folder);
  if (free === undefined) return unknownBytes;
  return retainedShare * (free + own + sum(await finishedIn(folder)));
}

/**
 * Remove what renders beside `output` that were finished earlier keep, the oldest first, until `bytes` more have room in `most`.
 * Gives how many have. Work that is going on or unfinished is left alone.
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

/** Work folders of finished renders in a folder. */
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
