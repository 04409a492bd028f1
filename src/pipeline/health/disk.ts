import { mkdtemp, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { messageOf } from "../../errors.ts";
import { cacheFolder } from "../../models/cache.ts";
import type { Finding } from "./finding.ts";

/** Bytes that must be free: a network or some minutes of video. */
const enough = 1e9;

/** Whether downloaded networks can be kept. */
export async function checkCache(folder: string = cacheFolder()): Promise<Finding> {
  const what = "cache folder";
  const found = await unwritable(folder);
  if (found !== undefined) {
    return {
      what,
      ok: false,
      optional: true,
      found: `${folder} cannot be written to: ${found}`,
      todo: "Set DREAMREEL_CACHE to a folder of your own. Only networks to download need it.",
    };
  }
  const free = (await freeBytes(folder)) ?? 0;
  if (free >= enough) return { what, ok: true, found: folder };
  return {
    what,
    ok: false,
    optional: true,
    found: `${folder} has ${gigabytes(free)} free`,
    todo: "Make space, or set DREAMREEL_CACHE to a folder on another disk. Only networks to download need it.",
  };
}

/** Whether videos can be written in `folder`. */
export async function checkDisk(folder: string): Promise<Finding> {
  const what = "disk";
  const found = await unwritable(folder);
  if (found !== undefined) {
    return {
      what,
      ok: false,
      optional: true,
      found: `this folder cannot be written to: ${found}`,
      todo: "Go to a folder of your own, or give outputs with -o another one.",
    };
  }
  const free = (await freeBytes(folder)) ?? 0;
  if (free >= enough) return { what, ok: true, found: `${gigabytes(free)} free here` };
  return {
    what,
    ok: false,
    optional: true,
    found: `only ${gigabytes(free)} free here`,
    todo: "Make space, or give outputs with -o a folder on another disk.",
  };
}

/** Why nothing can be written in `folder`, which need not exist yet. */
async function unwritable(folder: string): Promise<string | undefined> {
  try {
    const probe = await mkdtemp(join(await nearestExisting(folder), ".dreamreel-"));
    await rm(probe, { recursive: true });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** `folder`, or the closest above it that is there. */
async function nearestExisting(folder: string): Promise<string> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  return exists || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
