/** Recipes in files: in a video's comment, in a picture's description, and in a file beside, which no site strips. */
import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { readFileBytes } from "../../disk/read-file.ts";
import { readComment, readDescription } from "../../video/comment.ts";
import { isPicture } from "../../video/image.ts";
import { type Recipe, readRecipe } from "./recipe.ts";

/** A scene in it has a megabyte at most. */
const mostBytes = 16 << 20;

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

async function readFrom(file: string): Promise<Recipe | undefined> {
  const bytes = await readFileBytes(file, { mostBytes }).catch(() => undefined);
  return readRecipe(bytes?.toString("utf8"));
}
