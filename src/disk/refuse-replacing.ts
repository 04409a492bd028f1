import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DreamError } from "../errors.ts";

/**
 * Throws `OUTPUT_EXISTS` if writing `output` would replace one of `inputs`, also through a link. An output folder includes
 * its files.
 */
export async function refuseReplacing(output: string, inputs: Iterable<string>): Promise<void> {
  const replaced = await identitiesOf(output);
  // An output that does not exist replaces nothing.
  if (replaced.size === 0) return;
  for (const input of inputs) {
    const own = await identityOf(input);
    if (own === undefined || !replaced.has(own)) continue;
    throw new DreamError("OUTPUT_EXISTS", "the output would replace one of its input files", {
      where: input,
      hint: "Choose another output.file or -o. Input files are never replaced, even with --force.",
    });
  }
}

/** The identities of a file or folder and of the folder's entries. */
async function identitiesOf(path: string): Promise<Set<string>> {
  // Files and missing paths have no entries.
  const names = await readdir(resolve(path)).catch(() => []);
  const paths = [path, ...names.map((name) => join(path, name))];
  const found = await Promise.all(paths.map(identityOf));
  return new Set(found.filter((identity) => identity !== undefined));
}

/** Device and inode of a file or folder, which are the same for all its names; undefined if it does not exist. */
async function identityOf(path: string): Promise<string | undefined> {
  return stat(resolve(path), { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
}
