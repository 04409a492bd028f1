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
import { unfinished } from "../../video/sink.ts";
import { hashSequence, type Recipe, readRecipe, writeRecipe } from "./recipe.ts";

/** Largest sidecar; the scene in it has at most a megabyte. */
const maxBytes = 16 << 20;

/** Name in a render's folder of a sidecar whose output is about to appear. */
const preparedName = `${unfinished}.json`;

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

/**
 * Writes the sidecar of an output, with its recipe and content hash. `prepare` takes the whole output before it gets its
 * name and keeps the sidecar in the folder `work` of the render, `write` puts it beside the output. If the process is killed
 * between the output's and the sidecar's appearance, `recoverSidecar` finishes it.
 */
export class SidecarWriter {
  readonly #output: string;
  readonly #work: string;
  readonly #made: { readonly recipe: Recipe; readonly keys: number };
  #content = "";

  constructor(
    output: string,
    work: string,
    made: { readonly recipe: Recipe; readonly keys: number },
  ) {
    this.#output = output;
    this.#work = work;
    this.#made = made;
  }

  async prepare(whole: string): Promise<void> {
    const { recipe, keys } = this.#made;
    const content = { ...recipe, output: { sha256: await hashOutput(whole), keys } };
    this.#content = `${JSON.stringify(content, null, 2)}\n`;
    await writeAtomically(this.#content, join(this.#work, preparedName));
  }

  async write(): Promise<void> {
    await writeAtomically(this.#content, sidecarOf(this.#output));
  }
}

/** Put the sidecar in its place that a killed render has left in its folder `work`, if it belongs to the output. */
export async function recoverSidecar(output: string, work: string): Promise<void> {
  const text = await readText(join(work, preparedName));
  const made = parseMade(text);
  if (!made) return;
  const sha256 = await hashOutput(output).catch(() => undefined);
  if (sha256 === made.sha256) await writeAtomically(text!, sidecarOf(output));
}

/** The recipe of an output and whether its content is unchanged; undefined if it has no sidecar. */
export async function findMade(
  output: string,
): Promise<
  { readonly intact: boolean; readonly recipe: Recipe; readonly keys: number } | undefined
> {
  const made = parseMade(await readText(sidecarOf(output)));
  if (!made) return undefined;
  const sha256 = await hashOutput(output).catch(() => undefined);
  if (sha256 === undefined) return undefined;
  return { intact: sha256 === made.sha256, recipe: made.recipe, keys: made.keys };
}

function parseMade(
  sidecar: string | undefined,
): { readonly recipe: Recipe; readonly sha256: string; readonly keys: number } | undefined {
  const recipe = readRecipe(sidecar);
  const made = recipe && sidecarSchema.safeParse(JSON.parse(sidecar!)).data?.output;
  return recipe && made && { recipe, ...made };
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
