/** Copies what scenes name into the share, by content: a file that is there is not copied again. */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../disk/make-folder.ts";
import { renameDurably } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import type { InputFile } from "./film.ts";
import { type Share, sweep, writing } from "./share.ts";

/** A file to copy. */
export interface CopiedFile {
  readonly from: string;
  /** Its name in the input's folder, with slashes. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Copies that a killed process has left are removed after a day. */
const leftoverMs = 86_400_000;
const partial = ".partial-";
const chunkBytes = 4 << 20;

/**
 * Copy files that belong together into a folder of the share's inputs. The folder gets its name, a digest of the files'
 * names and hashes, only once all of them are complete, so a copy that was stopped is never used. Returns the files in the
 * share. Throws `SOURCE_CHANGED` if a file's content is no longer the one that `sha256` was computed from, `FILE_NOT_FOUND`,
 * `SHARE_UNUSABLE`, `DISK_FULL`, `INTERRUPTED`.
 */
export async function copyInput(
  { root }: Share,
  files: readonly CopiedFile[],
  signal?: AbortSignal,
): Promise<InputFile[]> {
  const inputs = join(root, "inputs");
  const listed = files.map(({ name, sha256 }) => [name, sha256]);
  const digest = createHash("sha256").update(JSON.stringify(listed)).digest("hex").slice(0, 32);
  const folder = join(inputs, digest);
  const made = files.map(({ name, sha256, bytes }) => ({
    path: `${digest}/${name}`,
    sha256,
    bytes,
  }));
  if (await isComplete(folder, files)) return made;
  await sweep(inputs, leftoverMs, /^\.partial-/);
  const temporary = join(inputs, `${partial}${randomBytes(8).toString("hex")}`);
  try {
    await writing(inputs, () => mkdir(temporary));
    for (const file of files) {
      const above = file.name.split("/").slice(0, -1);
      for (let depth = 1; depth <= above.length; depth++)
        await writing(inputs, () => makeFolder(join(temporary, ...above.slice(0, depth))));
      await copyFile(file, join(temporary, file.name), signal);
    }
    await writing(inputs, () => moveInto(folder, temporary, files));
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
  }
  return made;
}

/** Give a complete copy its name, unless another process was first. */
async function moveInto(
  folder: string,
  temporary: string,
  files: readonly CopiedFile[],
): Promise<void> {
  try {
    await renameDurably(temporary, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    if (await isComplete(folder, files)) return;
    // Somebody has changed the copy in the share.
    const aside = `${temporary}-replaced`;
    await rename(folder, aside);
    await renameDurably(temporary, folder);
    await rm(aside, { recursive: true, force: true });
  }
}

async function isComplete(folder: string, files: readonly CopiedFile[]): Promise<boolean> {
  const sizes = files.map(async ({ name, bytes }) => {
    const found = await stat(join(folder, name)).catch(() => undefined);
    return found?.size === bytes;
  });
  return (await Promise.all(sizes)).every(Boolean);
}

async function copyFile(
  { from, sha256 }: CopiedFile,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = await reading(from, () => open(from, "r"));
  try {
    const target = await writing(to, () => open(to, "wx"));
    try {
      const copied = await copyBytes({ source, target, from, to }, signal);
      if (copied !== sha256) throw changed(from);
      await writing(to, () => target.sync());
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Returns the hash of the bytes. */
async function copyBytes(
  { source, target, from, to }: CopyHandles,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(chunkBytes);
  for (;;) {
    throwIfInterrupted(signal);
    const { bytesRead } = await reading(from, () => source.read(chunk, 0, chunkBytes));
    if (bytesRead === 0) return hash.digest("hex");
    const read = chunk.subarray(0, bytesRead);
    hash.update(read);
    await writing(to, () => target.writeFile(read));
  }
}

interface CopyHandles {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly from: string;
  readonly to: string;
}

async function reading<T>(where: string, work: () => Promise<T>): Promise<T> {
  return work().catch((cause: unknown) => {
    throw new DreamError("FILE_NOT_FOUND", "the file cannot be read", { where, cause });
  });
}

function changed(where: string): DreamError {
  return new DreamError("SOURCE_CHANGED", "the file changed while it was copied into the share", {
    where,
    hint: "Submit the film again once the file is complete.",
  });
}
