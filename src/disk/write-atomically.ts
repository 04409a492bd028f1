import { randomBytes } from "node:crypto";
import { access, constants, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { DreamError, messageOf } from "../errors.ts";
import { nameOnce } from "./name-once.ts";

const writableHint = "Check that the location is writable.";
/** The hint for an output that cannot be written. */
export const placeHint = "Choose a writable location with output.file in the scene, or with -o.";

/** Write a file, which gets its name only when complete. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`. */
export async function writeAtomically(
  content: string | Uint8Array,
  file: string,
  hint = writableHint,
): Promise<void> {
  await createAtomically(file, (temporary) => writeFile(temporary, content), hint);
}

/**
 * `writeAtomically` into a folder where other processes may write the same file: each has a temporary file of its own. The
 * folder is not created, because a share that is gone would then be filled where it was mounted.
 */
export async function writeShared(content: string | Uint8Array, file: string): Promise<void> {
  const temporary = ownTemporary(file);
  try {
    await writeFile(temporary, content);
    await renameDurably(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(cause, file, writableHint);
  }
}

/**
 * Create a file that several processes may want to create: it appears whole, for one of them. Returns whether this call
 * created it. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`.
 */
export async function createOnce(content: string, file: string): Promise<boolean> {
  const temporary = ownTemporary(file);
  try {
    await writeFile(temporary, content, { flush: true });
    await nameOnce(temporary, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw writeError(cause, file, writableHint);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** A name for a temporary file beside `file` that no other process has. */
function ownTemporary(file: string): string {
  const ending = extname(file);
  const tag = randomBytes(4).toString("hex");
  return join(dirname(file), `.${basename(file, ending)}.${tag}.partial${ending}`);
}

/** Maximum bytes of a name. Most file systems allow 255, and files beside the output, such as `.NAME.partial.json`, need more. */
const longestName = 240;

/** Throws `OUTPUT_UNWRITABLE` if the name of an output is too long. */
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
 * Throws `OUTPUT_UNWRITABLE` if `file` or its folders cannot be created. Writes nothing, so that it can run before the
 * work starts.
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
 * Create the folder of `file`, let `write` write a temporary file beside it with the same extension, and rename that to
 * `file` once it is on the disk. Throws `DISK_FULL`, or `OUTPUT_UNWRITABLE` with `hint`, and then leaves no file behind.
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

/** Rename a finished file or folder so that a power failure loses neither the content nor the name. */
export async function renameDurably(temporary: string, file: string): Promise<void> {
  await sync(temporary, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EISDIR") throw error;
  });
  await rename(temporary, file);
  // Some systems cannot open folders; there the name may be lost.
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

/** The error for a failed write: `DISK_FULL`, or `OUTPUT_UNWRITABLE` with `hint`. A `DreamError` is returned as it is. */
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

/** Whether a failure was caused by a full disk. Other programs report it only in their messages. */
export function isDiskFull(cause: unknown): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return (
    code === "ENOSPC" || code === "EDQUOT" || /no space left|quota exceeded/i.test(messageOf(cause))
  );
}
