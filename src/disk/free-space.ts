import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

interface DiskSpace {
  /** Bytes. */
  readonly free: number;
  /** Bytes. */
  readonly size: number;
}

/** Space on the disk of a folder, which need not exist yet; undefined if the system does not report it. */
export async function diskSpace(folder: string): Promise<DiskSpace | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  if (found) return { free: found.bavail * found.bsize, size: found.blocks * found.bsize };
  return folder === dirname(folder) ? undefined : diskSpace(dirname(folder));
}

/** Free bytes on the disk of a folder, which need not exist yet; undefined if the system does not report them. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  return (await diskSpace(folder))?.free;
}
