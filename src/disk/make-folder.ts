import { mkdir } from "node:fs/promises";

/** Create a folder unless it exists, but not the one above: that of a share which is gone is not to be made up. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
