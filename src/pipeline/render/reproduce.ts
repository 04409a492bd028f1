import { dirname, extname, resolve } from "node:path";
import { refuseReplacing } from "../../disk/refuse-replacing.ts";
import { DreamError } from "../../errors.ts";
import { isPicture } from "../../image/image.ts";
import { unlessInterrupted } from "../../interrupt.ts";
import { openNetwork } from "../../models/open.ts";
import { version } from "../../package.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { parseScene } from "../../scene/parse.ts";
import { modelsOf, type Scene } from "../../scene/scene.ts";
import { findFiles } from "../recipe/find-files.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { findRecipe, sidecarOf } from "../recipe/stored-recipe.ts";
import { renderStill } from "../stills/still.ts";
import { renderScene } from "./render.ts";
import type { RenderOptions } from "./render-options.ts";

export interface ReproduceOptions extends Omit<RenderOptions, "preview" | "frames"> {
  /** Folders to search for the scene's files, besides the file's own and the working folder. */
  readonly folders?: readonly string[];
}

export interface ReproduceResult {
  readonly file: string;
  readonly frames: number;
}

/**
 * Reproduce a video, a picture or a folder of frames from the recipe in it or beside it. Throws `NO_RECIPE` if there
 * is none, `FILE_NOT_FOUND`, `MODEL_INVALID` if a network differs, `OUTPUT_EXISTS` if the output would replace the
 * file or its recipe, `INTERRUPTED`, and the errors of a render.
 */
export async function reproduce(
  file: string,
  { folders = [], ...options }: ReproduceOptions = {},
): Promise<ReproduceResult> {
  if (options.output !== undefined) await refuseItself(file, options.output);
  const recipe = await findRecipe(file);
  if (!recipe) throw noRecipe(file);
  noticeVersions(recipe, options);
  const roots = [
    ...folders.map((folder) => resolve(folder)),
    dirname(resolve(file)),
    process.cwd(),
  ];
  const places = await unlessInterrupted(options.signal, findFiles(recipe.files, roots));
  const scene = parseScene(recipe.scene, { path: recipe.from ?? "scene", files: places });
  await unlessInterrupted(options.signal, checkNetworks(scene, recipe));
  const [first, last, all] = recipe.frames;
  // The recipe distinguishes pictures from films, which may share an extension.
  const { before: maxBefore } = recipe;
  const output = options.output ?? another(file, scene, maxBefore !== undefined);
  await refuseItself(file, output);
  const common = {
    ...options,
    engine: options.engine ?? (recipe.engine.name as "cpu"),
    preview: recipe.preview,
  };
  if (maxBefore !== undefined) {
    const { onProgress: _, ...still } = common;
    await renderStill(scene, output, () => first, { ...still, maxBefore });
    return { file: output, frames: 1 };
  }
  const part = first > 0 || last < all - 1;
  return renderScene(scene, {
    ...common,
    output,
    ...(part ? { frames: [first, last] as const } : {}),
  });
}

/** Keep the original and its recipe: the result of another run is not known in advance. */
async function refuseItself(file: string, output: string): Promise<void> {
  for (const written of [output, sidecarOf(output)])
    await refuseReplacing(written, [file, sidecarOf(file)]);
}

/** Default output: beside the original. */
function another(file: string, { output }: Scene, still: boolean): string {
  const path = resolve(file);
  if (!still && output.target.type === "frames") {
    const folder = isPicture(path) || path.endsWith(".json") ? dirname(path) : path;
    return `${folder}-again/`;
  }
  const plain = path.replace(/\.json$/, "");
  const ending = extname(plain);
  return `${plain.slice(0, plain.length - ending.length)}-again${ending}`;
}

async function checkNetworks(scene: Scene, { networks }: Recipe): Promise<void> {
  const expected = new Set(networks.map(({ sha256 }) => sha256));
  for (const model of (scene.shots ?? [scene]).flatMap(modelsOf)) {
    const { name, sha256 } = await openNetwork(model);
    if (expected.has(sha256)) continue;
    throw new DreamError(
      "MODEL_INVALID",
      `the network ${name} differs from the one that this was made with: sha256 ${sha256}, not ${[...expected].join(", ")}`,
      { hint: "Install the version of dreamreel, or the network, that it was made with." },
    );
  }
}

function noticeVersions(
  { dreamreel, engine }: Recipe,
  { onNotice, engine: wanted }: Pick<ReproduceOptions, "onNotice" | "engine">,
): void {
  const own = typeof wanted === "object" ? wanted.name : wanted;
  const theirs = `dreamreel ${dreamreel}, onnxruntime ${engine.onnxruntime}, engine ${engine.name}`;
  const ours = `dreamreel ${version()}, onnxruntime ${runtimeVersion}, engine ${own ?? engine.name}`;
  if (theirs !== ours)
    onNotice?.(`made by ${theirs}; this is ${ours}: pictures may differ slightly`);
}

function noRecipe(file: string): DreamError {
  return new DreamError("NO_RECIPE", "this file has no recipe", {
    where: file,
    hint: "Many websites remove metadata. Give the original file, or the .json file that was written beside it.",
  });
}
