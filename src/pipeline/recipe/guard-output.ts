import { readdir, stat } from "node:fs/promises";
import { basename } from "node:path";
import { DreamError } from "../../errors.ts";
import type { Scene } from "../../scene/scene.ts";
import type { PlanOptions } from "../plan/plan-shot.ts";
import { findMade, findRecipe, isSameRecipe, sidecarOf } from "./stored-recipe.ts";

/**
 * Throws `OUTPUT_EXISTS` if a render would replace an output that this scene did not make or that has been changed
 * since, or a whole render by a part or a preview. A scene is identified by its file name.
 */
export async function guardOutput(
  output: string,
  scene: Pick<Scene, "path">,
  { preview, frames }: PlanOptions,
): Promise<void> {
  const sidecar = sidecarOf(output);
  if (!(await holdsSomething(output))) {
    if ((await holdsSomething(sidecar)) && !(await findRecipe(sidecar)))
      throw exists(
        sidecar,
        "the recipe of the output would replace this file, which dreamreel did not write",
      );
    return;
  }
  const recipe = await findRecipe(output);
  if (!recipe) throw exists(output, "the output exists, and dreamreel did not write it");
  const from = scene.path === undefined ? undefined : basename(scene.path);
  if (recipe.from !== from)
    throw exists(output, `the output exists, made from ${recipe.from ?? "another scene"}`);
  const made = await findMade(output);
  // A sidecar of another render remains if a render was stopped before it wrote its own.
  if (made && !made.intact && isSameRecipe(made.recipe, recipe))
    throw exists(output, "the output has been changed since dreamreel wrote it");
  const [first, last, all] = recipe.frames;
  const whole = !recipe.preview && first === 0 && last === all - 1;
  if (whole && (preview || frames)) {
    const what = preview ? "a preview" : "a part of it";
    throw exists(output, `the output is a whole render, which ${what} would replace`);
  }
}

async function holdsSomething(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return false;
  return found.isDirectory() ? (await readdir(path)).length > 0 : found.size > 0;
}

function exists(where: string, message: string): DreamError {
  return new DreamError("OUTPUT_EXISTS", message, {
    where,
    hint: "Choose another name with -o, or replace it with --force.",
  });
}
