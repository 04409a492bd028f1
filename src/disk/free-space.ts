import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Free bytes on the disk of a folder, which need not exist yet; undefined if the system does not report them. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  if (found) return found.bavail * found.bsize;
  return folder === dirname(folder) ? undefined : freeBytes(dirname(folder));
}
