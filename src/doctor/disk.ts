import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists } from "../disk/exists.ts";
import { freeBytes } from "../disk/free-space.ts";
import { messageOf } from "../errors.ts";
import { cacheFolder } from "../models/cache.ts";
import type { Finding } from "./finding.ts";

/** Minimum free bytes, enough for a network or a few minutes of video. */
const enough = 1e9;

/** Check that the cache folder of downloaded networks is writable and has space. */
export function checkCache(folder: string = cacheFolder()): Promise<Finding> {
  const only = "Only downloaded networks need it.";
  return checkFolder(folder, {
    what: "cache folder",
    good: () => folder,
    full: (free) => `${folder} has ${free} free`,
    makeSpace: `Make space, or set DREAMREEL_CACHE to a folder on another disk. ${only}`,
    locked: `${folder} is not writable`,
    unlock: `Set DREAMREEL_CACHE to a folder of your own. ${only}`,
  });
}

/** Check that `folder` is writable and has space for videos. */
export function checkDisk(folder: string): Promise<Finding> {
  return checkFolder(folder, {
    what: "disk",
    good: (free) => `${free} free here`,
    full: (free) => `only ${free} free here`,
    makeSpace: "Free some space, or choose a folder on another disk for outputs with -o.",
    locked: "this folder is not writable",
    unlock: "Change to a writable folder, or choose another one for outputs with -o.",
  });
}

/** The texts about a folder; `free` is a number with its unit. */
interface FolderWords {
  readonly what: string;
  readonly good: (free: string) => string;
  readonly full: (free: string) => string;
  readonly makeSpace: string;
  readonly locked: string;
  readonly unlock: string;
}

async function checkFolder(folder: string, words: FolderWords): Promise<Finding> {
  const { what, good, full, makeSpace, locked, unlock } = words;
  const bad = { what, ok: false, optional: true };
  const reason = await unwritable(folder);
  if (reason !== undefined) return { ...bad, found: `${locked}: ${reason}`, todo: unlock };
  const bytes = (await freeBytes(folder)) ?? 0;
  const free = `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes < enough) return { ...bad, found: full(free), todo: makeSpace };
  return { what, ok: true, found: good(free) };
}

/** The reason why `folder`, which need not exist yet, is not writable; undefined if it is. */
async function unwritable(folder: string): Promise<string | undefined> {
  try {
    const probe = await mkdtemp(join(await nearestExisting(folder), ".dreamreel-"));
    await rm(probe, { recursive: true });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** `folder`, or its nearest existing ancestor. */
async function nearestExisting(folder: string): Promise<string> {
  return (await exists(folder)) || dirname(folder) === folder
    ? folder
    : nearestExisting(dirname(folder));
}
