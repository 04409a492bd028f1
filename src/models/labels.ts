import { fileURLToPath } from "node:url";
import { readFileBytes } from "../disk/read-file.ts";
import { DreamError, messageOf } from "../errors.ts";

const maxBytes = 16 << 20;

/**
 * Class names from a text file, one a line, in the order of the logits. Throws `FILE_NOT_FOUND`,
 * `NOT_A_FILE`, `TOO_LARGE`.
 */
export async function readLabels(file: string | URL): Promise<string[]> {
  try {
    const path = file instanceof URL ? fileURLToPath(file) : file;
    return (await readFileBytes(path, { maxBytes }))
      .toString("utf8")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
  } catch (error) {
    if (error instanceof DreamError) throw error;
    throw new DreamError("FILE_NOT_FOUND", `cannot read the labels: ${messageOf(error)}`, {
      where: String(file),
      hint: "labels is a text file with one class name a line, in the order of the network's outputs.",
      cause: error,
    });
  }
}
