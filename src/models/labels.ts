import { readFile } from "node:fs/promises";
import { DreamError, messageOf } from "../errors.ts";

/** Class names from a text file, one a line, in the order of the logits. Throws `FILE_NOT_FOUND`. */
export async function readLabels(file: string | URL): Promise<string[]> {
  try {
    const text = await readFile(file, "utf8");
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
  } catch (error) {
    throw new DreamError("FILE_NOT_FOUND", `cannot read the labels: ${messageOf(error)}`, {
      where: String(file),
      hint: "labels is a text file with one class name a line, in the order of the network's outputs.",
      cause: error,
    });
  }
}
