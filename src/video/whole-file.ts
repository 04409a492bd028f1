import { rename, rm, writeFile } from "node:fs/promises";
import { DreamError, messageOf } from "../errors.ts";

/** Write a file; it appears under its name only when complete. Throws `OUTPUT_UNWRITABLE`. */
export async function writeWhole(content: string | Uint8Array, file: string): Promise<void> {
  const temporary = `${file}.partial`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new DreamError("OUTPUT_UNWRITABLE", `cannot write the file: ${messageOf(cause)}`, {
      where: file,
      hint: "Is there such a folder, and may you write there?",
      cause,
    });
  }
}
