import { link, open, rename } from "node:fs/promises";

/** Errors of file systems that have no hard links. */
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Give the complete file `from` the name `to`, for one of several processes that want it. Fails with `EEXIST` where the name
 * is taken. Without hard links `from` is moved; with them it stays, and the caller removes it.
 */
export async function nameOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!withoutLinks.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // An empty file takes the name, and the rename replaces it.
    await (await open(to, "wx")).close();
    await rename(from, to);
  }
}
