/**
 * Reads and writes recipes: in a video's comment, in a picture's description, and in a sidecar file, which websites
 * do not strip.
 */
import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { z } from "zod";
import { hashFile } from "../../disk/hash-file.ts";
import { readFileBytes } from "../../disk/read-file.ts";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { isPicture } from "../../image/image.ts";
import { readComment, readDescription } from "../../video/comment.ts";
import { hashSequence, type Recipe, readRecipe, writeRecipe } from "./recipe.ts";

/** Largest sidecar; the scene in it has at most a megabyte. */
const maxBytes = 16 << 20;

/** The sidecar file of an output (a video or a folder of frames) with its recipe. */
export function sidecarOf(output: string): string {
  return `${resolve(output)}.json`;
}

/** The recipe of a video, a picture, a folder of frames or a sidecar, if it has one. */
export async function findRecipe(file: string): Promise<Recipe | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return readFrom(sidecarOf(file));
  if (extname(file) === ".json") return readFrom(file);
  const inside =
    found?.isFile() && (await (isPicture(file) ? readDescription(file) : readComment(file)));
  return readRecipe(inside || undefined) ?? (await readFrom(sidecarOf(file)));
}

/** Contents of a sidecar besides the recipe. */
const sidecarSchema = z.object({
  output: z.object({
    sha256: z.string(),
    /** Version of its frames' keys. */
    keys: z.number(),
  }),
});

/** Write the sidecar of a finished output: its recipe and content hash. */
export async function writeSidecar(output: string, recipe: Recipe, keys: number): Promise<void> {
  const content = { ...recipe, output: { sha256: await hashOutput(output), keys } };
  await writeAtomically(`${JSON.stringify(content, null, 2)}\n`, sidecarOf(output));
}

/** The recipe of an output and whether its content is unchanged; undefined if it has no sidecar. */
export async function findMade(
  output: string,
): Promise<
  { readonly intact: boolean; readonly recipe: Recipe; readonly keys: number } | undefined
> {
  const text = await readText(sidecarOf(output));
  const recipe = readRecipe(text);
  const made = recipe && sidecarSchema.safeParse(JSON.parse(text!)).data?.output;
  if (!recipe || !made) return undefined;
  const sha256 = await hashOutput(output).catch(() => undefined);
  if (sha256 === undefined) return undefined;
  return { intact: sha256 === made.sha256, recipe, keys: made.keys };
}

/** Whether two recipes are equal. */
export function isSameRecipe(a: Recipe, b: Recipe): boolean {
  const ordered = (recipe: Recipe): string => JSON.stringify(readRecipe(writeRecipe(recipe)));
  return ordered(a) === ordered(b);
}

/** The hash of a file, or of a folder's file names and hashes. */
async function hashOutput(output: string): Promise<string> {
  if (!(await stat(output)).isDirectory()) return hashFile(output);
  const hashes: string[] = [];
  for (const name of (await readdir(output)).sort())
    hashes.push(`${name} ${await hashFile(join(output, name))}`);
  return hashSequence(hashes);
}

async function readFrom(file: string): Promise<Recipe | undefined> {
  return readRecipe(await readText(file));
}

async function readText(file: string): Promise<string | undefined> {
  const bytes = await readFileBytes(file, { maxBytes }).catch(() => undefined);
  return bytes?.toString("utf8");
}
