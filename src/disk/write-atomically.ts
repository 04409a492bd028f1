import { access, constants, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { DreamError, messageOf } from "../errors.ts";

/** What to do where an output cannot be written. */
export const placeHint = "Choose a writable location with output.file in the scene, or with -o.";

/** Write a file; it appears under its name only when complete. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`. */
export async function writeAtomically(
  content: string | Uint8Array,
  file: string,
  hint = "Check that the location is writable.",
): Promise<void> {
  await createAtomically(file, (temporary) => writeFile(temporary, content), hint);
}

/** Bytes of a name that leave room, within the 255 of most file systems, for what is written beside a file: `.NAME.partial.json`. */
const longestName = 240;

/** Throws `OUTPUT_UNWRITABLE` where the name of an output is too long to be written. */
export function checkName(file: string): void {
  const bytes = Buffer.byteLength(basename(file));
  if (bytes > longestName) {
    throw new DreamError("OUTPUT_UNWRITABLE", `the name of the output has ${bytes} bytes`, {
      where: file,
      hint: `Choose one of ${longestName} bytes or less; longer ones leave no room for the names of files beside it.`,
    });
  }
}

/**
 * Throws `OUTPUT_UNWRITABLE` where `file`, or the folders it needs, cannot be made. Writes nothing: it is said before the
 * work is done.
 */
export async function checkFolder(file: string): Promise<void> {
  checkName(file);
  const there = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
    );
  let folder = dirname(resolve(file));
  while (!(await there(folder)) && folder !== dirname(folder)) folder = dirname(folder);
  await access(`${folder}/`, constants.W_OK).catch((cause: unknown) => {
    throw writeError(cause, file, placeHint);
  });
}

/**
 * Have `write` make a file beside `file`, with its ending, and give it that name when it is done and on the disk. Makes its folder.
 * Throws `DISK_FULL`, or `OUTPUT_UNWRITABLE` with `hint`, and leaves nothing behind.
 */
export async function createAtomically(
  file: string,
  write: (temporary: string) => Promise<unknown>,
  hint: string,
): Promise<void> {
  const ending = extname(file);
  const temporary = join(dirname(file), `.${basename(file, ending)}.partial${ending}`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(temporary);
    await renameDurably(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeError(cause, file, hint);
  }
}

/** Give a finished file, or a folder of them, its name so that neither is lost when the power goes. */
export async function renameDurably(temporary: string, file: string): Promise<void> {
  await sync(temporary, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EISDIR") throw error;
  });
  await rename(temporary, file);
  // Not every system lets a folder be opened; there the rename alone has to do.
  await sync(dirname(file), "r").catch(() => {});
}

async function sync(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A failed write as an error: `DISK_FULL`, or `OUTPUT_UNWRITABLE` with `hint`. */
export function writeError(cause: unknown, where: string, hint: string): DreamError {
  if (cause instanceof DreamError) return cause;
  if (isDiskFull(cause)) {
    return new DreamError("DISK_FULL", "there is no space left on the disk", {
      where,
      hint: "Free some space, then run the same command again.",
      cause,
    });
  }
  return new DreamError("OUTPUT_UNWRITABLE", `cannot write the output: ${messageOf(cause)}`, {
    where,
    hint,
    cause,
  });
}

/** Whether something failed for want of space; programs say it only in words. */
export function isDiskFull(cause: unknown): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return (
    code === "ENOSPC" || code === "EDQUOT" || /no space left|quota exceeded/i.test(messageOf(cause))
  );
}
