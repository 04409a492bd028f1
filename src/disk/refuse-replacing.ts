import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DreamError } from "../errors.ts";

/**
 * Throws `OUTPUT_EXISTS` where to write `output` would be to replace one of `inputs`, by whatever name: links count, and so do
 * the files of a folder, which one that ends in a slash stands for.
 */
export async function refuseReplacing(output: string, inputs: Iterable<string>): Promise<void> {
  const own = await identityOf(output);
  // What is not there yet replaces nothing.
  if (own === undefined) return;
  const isFolder = /[/\\]$/.test(output);
  for (const input of inputs) {
    const replaced = isFolder ? dirname(resolve(input)) : input;
    if ((await identityOf(replaced)) !== own && (await identityOf(input)) !== own) continue;
    throw new DreamError("OUTPUT_EXISTS", "the output would replace what it is made from", {
      where: input,
      hint: "Choose another output.file, or -o; no option replaces a file that is being read.",
    });
  }
}

/** What tells a file or folder from all others, whatever its name; undefined where there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  return stat(resolve(path), { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
}
