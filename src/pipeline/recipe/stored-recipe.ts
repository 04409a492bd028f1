/** Recipes in files: in a video's comment, in a picture's description, and in a file beside, which no site strips. */
import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { z } from "zod";
import { hashFile } from "../../disk/hash-file.ts";
import { readFileBytes } from "../../disk/read-file.ts";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { isPicture } from "../../image/image.ts";
import { readComment, readDescription } from "../../video/comment.ts";
import { hashSequence, type Recipe, readRecipe, writeRecipe } from "./recipe.ts";

/** A scene in it has a megabyte at most. */
const maxBytes = 16 << 20;

/** The file beside an output, a video or a folder of frames, that holds its recipe. */
export function sidecarOf(output: string): string {
  return `${resolve(output)}.json`;
}

/** What a video, a picture, a folder of frames or a sidecar was made from, where that can be found out. */
export async function findRecipe(file: string): Promise<Recipe | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return readFrom(sidecarOf(file));
  if (extname(file) === ".json") return readFrom(file);
  const inside =
    found?.isFile() && (await (isPicture(file) ? readDescription(file) : readComment(file)));
  return readRecipe(inside || undefined) ?? (await readFrom(sidecarOf(file)));
}

/** What the file beside an output says of it, beyond its recipe. */
const sidecarSchema = z.object({
  output: z.object({
    sha256: z.string(),
    /** What the keys of its frames were made by. */
    keys: z.number(),
  }),
});

/** Write the file beside a finished output: its recipe, and what it is by its content. */
export async function writeSidecar(output: string, recipe: Recipe, keys: number): Promise<void> {
  const content = { ...recipe, output: { sha256: await hashOutput(output), keys } };
  await writeAtomically(`${JSON.stringify(content, null, 2)}\n`, sidecarOf(output));
}

/**
 * Whether an output is, to the last byte, what was written under its name, and from which recipe; undefined where nothing beside
 * it says so.
 */
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

/** Whether two recipes say the same. */
export function isSameRecipe(a: Recipe, b: Recipe): boolean {
  const ordered = (recipe: Recipe): string => JSON.stringify(readRecipe(writeRecipe(recipe)));
  return ordered(a) === ordered(b);
}

/** Of a folder, of the sha256 of its files and their names. */
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
