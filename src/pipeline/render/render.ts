import { checkName } from "../../disk/write-atomically.ts";
import { throwIfInterrupted, unlessInterrupted } from "../../interrupt.ts";
import { outputPath, parseOutput } from "../../output.ts";
import type { Scene } from "../../scene/scene.ts";
import { askFfmpeg } from "../../video/ask-ffmpeg.ts";
import { checkOutput } from "../../video/open-sink.ts";
import { CacheFolder, workFolderOf } from "../cache/cache-folder.ts";
import { keysVersion } from "../cache/key-parts.ts";
import { RenderCache } from "../cache/render-cache.ts";
import { checkMemory } from "../forecast/memory.ts";
import { Scheduler } from "../parallel/scheduler.ts";
import { outputOf } from "../plan/output-name.ts";
import { isOnePicture } from "../plan/plan.ts";
import { type PreparedRender, prepareRender } from "../plan/prepare.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { SceneFiles } from "../plan/scene-files.ts";
import { guardOutput } from "../recipe/guard-output.ts";
import { recipeOf } from "../recipe/recipe.ts";
import { findMade, isSameRecipe, recoverSidecar, sidecarOf } from "../recipe/stored-recipe.ts";
import type { RenderOptions, RenderResult } from "./render-options.ts";
import { writeFilm } from "./write-film.ts";

/**
 * Render a scene into its output file, which is written atomically. Finished frames are stored in the render cache
 * beside it until then: after a failure or an interruption, the same call resumes from there, and the frames equal
 * those of an uninterrupted run. Throws `DreamError`s of all modules; `INTERRUPTED` within one step after `signal`
 * fires.
 */
export function renderScene(scene: Scene, options: RenderOptions = {}): Promise<RenderResult> {
  const scheduler = new Scheduler(options.jobs ?? 1, scene.shots?.length ?? 1, options);
  return renderScheduled(scheduler, scene, options);
}

/** `renderScene` as one of several parallel renders. */
export async function renderScheduled(
  scheduler: Scheduler,
  scene: Scene,
  options: RenderOptions,
): Promise<RenderResult> {
  const started = performance.now();
  const target =
    options.output === undefined ? outputOf(scene, options.preview) : parseOutput(options.output);
  const file = outputPath(target);
  const shots = scene.shots ?? [scene];
  await refuseInputs(scene, file, sidecarOf(file));
  checkName(file);
  checkOutput(target, scene.output.codec);
  await recoverSidecar(file, workFolderOf(file, options.preview ?? false));
  if (!options.force) await guardOutput(file, scene, options);
  if (target.type === "video") void askFfmpeg();
  const prepared = await prepareRender(scene, { ...options, ...scheduler.cpu });
  try {
    const files = await unlessInterrupted(options.signal, SceneFiles.read(scene));
    const known = await findUpToDate(file, scene, prepared, files, options);
    if (known !== undefined) {
      const seconds = (performance.now() - started) / 1000;
      return { file, frames: known, dreamed: 0, upToDate: true, seconds };
    }
    throwIfInterrupted(options.signal);
    if (!options.force) checkMemory(prepared, { ...options, ...scheduler.cpu });
    if (isOnePicture(prepared.plan)) prepared.shots[0]!.dreamer.expectOnePicture();
    const own = typeof (options.engine ?? scene.engine) === "string";
    const parallel =
      own && prepared.engine.name === "cpu" && scheduler.maxAtOnce > 1 && shots.length > 1;
    if (!parallel && options.jobs !== undefined && options.jobs > 1)
      options.onNotice?.(
        "jobs has no effect here: it applies to several scenes, or to shots on the CPU",
      );
    const cache = await RenderCache.open(options.cacheOf ?? file, files, prepared, {
      ...options,
      parallel,
    });
    let isDone = false;
    try {
      const result = await writeFilm(target, scene, prepared, cache, scheduler, {
        ...options,
        parallel,
      });
      isDone = true;
      const seconds = (performance.now() - started) / 1000;
      return { file, ...result, upToDate: false, seconds };
    } finally {
      await (isDone ? cache.closeDone(scene) : cache.close());
    }
  } finally {
    await prepared.dispose();
  }
}

/** The number of frames if the output is up to date; undefined if there is something to render. */
async function findUpToDate(
  file: string,
  scene: Scene,
  prepared: PreparedRender,
  files: SceneFiles,
  options: RenderOptions,
): Promise<number | undefined> {
  if (options.fresh) return undefined;
  const made = await findMade(file);
  const recipe = recipeOf(prepared, files, options);
  if (!made?.intact || made.keys !== keysVersion || !isSameRecipe(made.recipe, recipe))
    return undefined;
  const cached = options.cacheOf ?? file;
  if (await CacheFolder.exists(cached, options.preview === true)) {
    // Clean up after a run that was stopped after its output was complete. Files of another version may still be
    // needed.
    const cache = await RenderCache.open(cached, files, prepared, options).catch(() => undefined);
    await (cache?.isAllCurrent() ? cache.closeDone(scene) : cache?.close());
  }
  const [first, last] = made.recipe.frames;
  return last - first + 1;
}
