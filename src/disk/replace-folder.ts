import { rename, rm } from "node:fs/promises";
import { renameDurably } from "./write-atomically.ts";

/**
 * Put the complete folder `from` in the place of `final`, with two renames: what was there lies in `aside` meanwhile, so that
 * one of them exists whole at every moment.
 */
export async function replaceFolder(from: string, final: string, aside: string): Promise<void> {
  await rm(aside, { recursive: true, force: true });
  await rename(final, aside).catch(ignoreMissing);
  await renameDurably(from, final);
  await rm(aside, { recursive: true, force: true });
}

/** Put back what a process that was killed between the two renames of `replaceFolder` has left in `aside`. */
export async function recoverFolder(final: string, aside: string): Promise<void> {
  await rename(aside, final).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code ?? "")) throw error;
}
