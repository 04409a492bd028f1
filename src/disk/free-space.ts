import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Bytes free where a folder is, or is to be; undefined where nobody can tell. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  if (found) return found.bavail * found.bsize;
  return folder === dirname(folder) ? undefined : freeBytes(dirname(folder));
}
