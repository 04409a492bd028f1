import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { DreamError, messageOf } from "../errors.ts";

/** Write a file; it appears under its name only when complete. Throws `OUTPUT_UNWRITABLE`. */
export async function writeWhole(content: string | Uint8Array, file: string): Promise<void> {
  const hint = "Is there such a folder, and may you write there?";
  await appearWhole(file, (temporary) => writeFile(temporary, content), hint);
}

/**
 * Have `write` make a file beside `file`, with its ending, and give it that name when it is done. Throws
 * `OUTPUT_UNWRITABLE` with `hint` where that fails, and leaves nothing behind.
 */
export async function appearWhole(
  file: string,
  write: (temporary: string) => Promise<unknown>,
  hint: string,
): Promise<void> {
  const ending = extname(file);
  const temporary = join(dirname(file), `.${basename(file, ending)}.partial${ending}`);
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new DreamError("OUTPUT_UNWRITABLE", `cannot write the output: ${messageOf(cause)}`, {
      where: file,
      hint,
      cause,
    });
  }
}
