import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DreamError } from "../errors.ts";

/**
 * Throws `OUTPUT_EXISTS` where to write `output` would be to replace one of `inputs`, by whatever name: links count. A folder
 * stands for its files too.
 */
export async function refuseReplacing(output: string, inputs: Iterable<string>): Promise<void> {
  const replaced = await identitiesOf(output);
  // What is not there yet replaces nothing.
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

/** Of a file or folder, and of what lies in it. */
async function identitiesOf(path: string): Promise<Set<string>> {
  // Of a file, or of what is not there, there is no list.
  const names = await readdir(resolve(path)).catch(() => []);
  const paths = [path, ...names.map((name) => join(path, name))];
  const found = await Promise.all(paths.map(identityOf));
  return new Set(found.filter((identity) => identity !== undefined));
}

/** What tells a file or folder from all others, whatever its name; undefined where there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  return stat(resolve(path), { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
}
