import { checkName } from "../../disk/write-atomically.ts";
import type { Frame } from "../../frame.ts";
import { throwIfInterrupted, unlessInterrupted } from "../../interrupt.ts";
import type { Scene } from "../../scene/scene.ts";
import { longestComment } from "../../video/comment.ts";
import { checkOutput, openSink } from "../../video/open-sink.ts";
import type { FrameSink } from "../../video/sink.ts";
import { CacheFolder } from "../cache/cache-folder.ts";
import { keysVersion } from "../cache/frame-keys.ts";
import { RenderCache } from "../cache/render-cache.ts";
import { checkDisk, predictDisk } from "../forecast/disk.ts";
import { checkMemory, predictMemory, programBytes } from "../forecast/memory.ts";
import { progressMeter, type RenderForecast, type RenderProgress } from "../forecast/progress.ts";
import { countDreamed, countSeen, dreamFilm, type FilmOptions } from "../frames/film.ts";
import { FrameWriter } from "../frames/frame-writer.ts";
import { stepTools } from "../frames/step-tools.ts";
import { countShots, dreamShotsInParallel } from "../parallel/parallel-shots.ts";
import { Scheduler } from "../parallel/scheduler.ts";
import { outputOf } from "../plan/output-name.ts";
import { type PreparedRender, type PrepareOptions, prepareRender } from "../plan/prepare.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { SceneFiles } from "../plan/scene-files.ts";
import { audioPieces } from "../plan/soundtrack.ts";
import { guardOutput } from "../recipe/guard-output.ts";
import { type Recipe, recipeOf, writeRecipe } from "../recipe/recipe.ts";
import { findMade, isSameRecipe, sidecarOf, writeSidecar } from "../recipe/stored-recipe.ts";

export interface RenderOptions extends PrepareOptions {
  /** Overrides the scene's output, or a preview's: `zoom.preview.mp4`. */
  readonly output?: string;
  /** Bytes that finished renders beside the output may keep for later edits; by default 5 % of the free space. */
  readonly keptBytes?: number;
  /** Replace an output that this scene did not make, and start even if memory or disk space may not suffice. */
  readonly force?: boolean;
  /** Start over and ignore finished frames and an up-to-date output. */
  readonly fresh?: boolean;
  /** Shots to render in parallel on the CPU; they share `threads`. Default 1. The frames are the same. */
  readonly jobs?: number;
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Called for each dreamed frame that is stored, with the name of its file in the render cache. */
  readonly onFrame?: (index: number, name: string) => void;
  /** Called once, after the second frame of each parallel shot: the first includes compilation. */
  readonly onForecast?: (forecast: RenderForecast) => void;
}

export interface RenderResult {
  readonly file: string;
  readonly frames: number;
  /** Frames dreamed in this run; the others were stored. */
  readonly dreamed: number;
  /** Whether the output was already up to date and nothing was rendered. */
  readonly upToDate: boolean;
  readonly seconds: number;
}

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
  const file = options.output ?? outputOf(scene, options.preview);
  const shots = scene.shots ?? [scene];
  await refuseInputs(scene, file, sidecarOf(file));
  checkName(file);
  checkOutput(file, scene.output.codec);
  if (!options.force) await guardOutput(file, scene, options);
  const prepared = await prepareRender(scene, { ...options, ...scheduler.cpu });
  try {
    const files = await unlessInterrupted(options.signal, SceneFiles.read(scene));
    const known = await findUpToDate(file, scene, prepared, files, options);
    if (known !== undefined) {
      const seconds = (performance.now() - started) / 1000;
      return { file, frames: known, dreamed: 0, upToDate: true, seconds };
    }
    throwIfInterrupted(options.signal);
    if (!options.force) checkMemory(prepared, options);
    const own = typeof (options.engine ?? scene.engine) === "string";
    const parallel =
      own && prepared.engine.name === "cpu" && scheduler.maxAtOnce > 1 && shots.length > 1;
    if (!parallel && options.jobs !== undefined && options.jobs > 1)
      options.onNotice?.(
        "jobs has no effect here: it applies to several scenes, or to shots on the CPU",
      );
    const cache = await RenderCache.open(file, files, prepared, { ...options, parallel });
    let isDone = false;
    try {
      const result = await renderInto(file, scene, prepared, cache, scheduler, {
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
  if (await CacheFolder.exists(file, options.preview === true)) {
    // Clean up after a run that was stopped after its output was complete. Files of another version may still be
    // needed.
    const cache = await RenderCache.open(file, files, prepared, options).catch(() => undefined);
    await (cache?.isAllCurrent() ? cache.closeDone(scene) : cache?.close());
  }
  const [first, last] = made.recipe.frames;
  return last - first + 1;
}

async function renderInto(
  file: string,
  scene: Scene,
  prepared: PreparedRender,
  cache: RenderCache,
  scheduler: Scheduler,
  options: RenderOptions & { readonly parallel: boolean },
): Promise<{ frames: number; dreamed: number }> {
  const { plan, engine } = prepared;
  const { signal, onNotice, force = false, parallel } = options;
  const isMissing = (index: number): boolean => !cache.frames.has(index);
  const missing: FilmOptions = {
    wanted: isMissing,
    checkpoints: (shot) => cache.checkpoints(shot),
  };
  const kept = cache.keptFrames(plan);
  if (kept > 0)
    onNotice?.(`${kept} of ${plan.last - plan.first + 1} frames are already in the cache`);
  let measured: { framePngBytes?: number } = {};
  const checkRoom = async (): Promise<void> => {
    if (force) return;
    const need = predictDisk(file, prepared, scene, { kept, parallel, ...measured });
    try {
      await checkDisk(file, need);
    } catch (error) {
      // Remove the files of older versions first, then check again.
      if (!(await cache.dropOutdated())) throw error;
      await checkDisk(file, need);
    }
  };
  await checkRoom();
  const recipe = recipeOf(prepared, cache.files, options);
  const bytes = predictMemory(prepared, options) - programBytes;
  const atOnce = parallel ? scheduler.atOnce(bytes, countShots(prepared, missing)) : 1;
  const count = countDreamed(prepared, missing);
  const wanted = countSeen(prepared, isMissing);
  if (count > wanted)
    onNotice?.(
      `${count} frames are dreamed for ${wanted}: the requested frames depend on others, which are not written`,
    );
  const meter = progressMeter(count, atOnce, options.onProgress, (seconds) => {
    const { outputBytes, workBytes } = predictDisk(file, prepared, scene, { kept, parallel });
    const memoryBytes = programBytes + atOnce * bytes;
    options.onForecast?.({ seconds, memoryBytes, diskBytes: outputBytes + workBytes });
  });
  const film = { ...missing, onDreamed: meter.step, ...(signal ? { signal } : {}) };
  const writer = new FrameWriter(
    cache,
    async (framePngBytes, index) => {
      options.onFrame?.(index, cache.frames.nameOf(index));
      if ("framePngBytes" in measured) return;
      measured = { framePngBytes };
      await checkRoom();
    },
    signal,
  );
  const sink = await openOutput(file, scene, prepared, cache, recipe, onNotice);
  try {
    if (atOnce > 1)
      await dreamShotsInParallel(prepared, film, {
        ...options,
        scheduler,
        atOnce,
        bytes,
        cache,
        writer,
      });
    const pictures = dreamFilm(prepared, stepTools(engine, plan, options), film);
    const write = (): Promise<number> => writeAll(pictures, plan.first, writer, sink, signal);
    // Renders that have started take priority.
    const frames = await scheduler.run(bytes, write, true);
    await writeSidecar(file, recipe, keysVersion);
    return { frames, dreamed: meter.done() };
  } catch (error) {
    await sink.abort();
    const finished = cache.keptFrames(plan);
    if (finished > 0)
      onNotice?.(`${finished} finished frames are kept; run the same command again to resume`);
    throw error;
  }
}

/** Open the output for writing, with its recipe as metadata. */
function openOutput(
  file: string,
  scene: Scene,
  prepared: PreparedRender,
  cache: RenderCache,
  recipe: Recipe,
  onNotice: RenderOptions["onNotice"],
): Promise<FrameSink> {
  const { plan } = prepared;
  const { quality, codec } = scene.output;
  const comment = writeRecipe(recipe);
  const fits = comment.length <= longestComment;
  if (!fits)
    onNotice?.(
      `the scene is too long for the video's metadata; only ${sidecarOf(file)} contains it`,
    );
  return openSink(file, {
    work: cache.path,
    ...(fits ? { comment } : {}),
    size: plan.size,
    first: plan.first,
    fps: plan.fps,
    quality,
    audio: audioPieces(prepared, scene),
    ...(codec ? { codec } : {}),
  });
}

/**
 * Store and write frames as they arrive, in the background; frames that are undefined are already stored. Finishes
 * the sink.
 */
async function writeAll(
  film: AsyncIterable<Frame | undefined>,
  first: number,
  writer: FrameWriter,
  sink: FrameSink,
  signal: AbortSignal | undefined,
): Promise<number> {
  let index = first;
  try {
    for await (const frame of film)
      await writer.write(index++, frame, (pixels) => sink.write(pixels));
  } finally {
    await writer.finish();
  }
  // Frames that were not passed on must not end as an output that looks complete.
  throwIfInterrupted(signal);
  await sink.finish();
  return index - first;
}
