import type { Frame } from "../../frame.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import { type Output, outputPath } from "../../output.ts";
import type { Scene } from "../../scene/scene.ts";
import { longestComment } from "../../video/comment.ts";
import { openSink } from "../../video/open-sink.ts";
import type { FrameSink } from "../../video/sink.ts";
import { keysVersion } from "../cache/key-parts.ts";
import type { RenderCache } from "../cache/render-cache.ts";
import { checkDisk, predictDisk } from "../forecast/disk.ts";
import { predictMemory, programBytes } from "../forecast/memory.ts";
import { progressMeter } from "../forecast/progress.ts";
import { countMade, countSeen, dreamFilm, type FilmOptions } from "../frames/film.ts";
import { FrameWriter } from "../frames/frame-writer.ts";
import { SeamMeter } from "../frames/seam-meter.ts";
import { stepTools } from "../frames/step-tools.ts";
import { countShots, dreamShotsInParallel } from "../parallel/parallel-shots.ts";
import type { Scheduler } from "../parallel/scheduler.ts";
import type { PreparedRender } from "../plan/prepare.ts";
import { audioPieces } from "../plan/soundtrack.ts";
import { type Recipe, recipeOf, writeRecipe } from "../recipe/recipe.ts";
import { SidecarWriter, sidecarOf } from "../recipe/stored-recipe.ts";
import type { RenderOptions } from "./render-options.ts";

/**
 * Dream the frames of a film that its cache lacks and write all of them to `target`, which appears once it is whole.
 * Throws `DISK_FULL` before or while it renders, and what dreaming and encoding throw.
 */
export async function writeFilm(
  target: Output,
  scene: Scene,
  prepared: PreparedRender,
  cache: RenderCache,
  scheduler: Scheduler,
  options: RenderOptions & { readonly parallel: boolean },
): Promise<{ frames: number; dreamed: number }> {
  const { plan, engine } = prepared;
  const file = outputPath(target);
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
    const need = predictDisk(target, prepared, scene, { kept, parallel, ...measured });
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
  const bytes = predictMemory(prepared, { ...options, ...scheduler.cpu }) - programBytes;
  const atOnce = parallel ? scheduler.atOnce(bytes, countShots(prepared, missing)) : 1;
  const count = countMade(prepared, missing);
  const wanted = countSeen(prepared, isMissing);
  if (count > wanted)
    onNotice?.(
      `${count} frames are dreamed for ${wanted}: the requested frames depend on others, which are not written`,
    );
  const onForecast = (seconds: number): void => {
    const { outputBytes, workBytes } = predictDisk(target, prepared, scene, { kept, parallel });
    const memoryBytes = programBytes + atOnce * bytes;
    options.onForecast?.({ seconds, memoryBytes, diskBytes: outputBytes + workBytes });
  };
  const cadence = Math.max(...plan.shots.map((shot) => shot.cadence));
  const meter = progressMeter(count, atOnce, options.onProgress, onForecast, cadence);
  const seams = new SeamMeter(plan);
  const work = await cache.scratch();
  // The encoder is tried while the first frame is dreamed. If it fails, the dream stops within a step.
  const opening = openOutput(target, scene, prepared, work, recipe, onNotice);
  const refused = new AbortController();
  opening.catch((error: unknown) => refused.abort(error));
  const stop = signal ? AbortSignal.any([signal, refused.signal]) : refused.signal;
  const film = { ...missing, onMade: meter.step, onSeam: seams.measure, signal: stop };
  const writer = new FrameWriter(
    cache,
    async (framePngBytes, index) => {
      options.onFrame?.(index, cache.frames.nameOf(index));
      if ("framePngBytes" in measured) return;
      measured = { framePngBytes };
      await checkRoom();
    },
    stop,
  );
  const sidecar = new SidecarWriter(file, work, { recipe, keys: keysVersion });
  try {
    if (atOnce > 1)
      await dreamShotsInParallel(prepared, film, {
        ...{ ...options, signal: stop },
        scheduler,
        atOnce,
        bytes,
        cache,
        writer,
      });
    const pictures = dreamFilm(prepared, stepTools(engine, plan, options), film);
    const write = async (): Promise<number> => {
      const written = await writeAll(pictures, plan.first, writer, opening, stop);
      await (await opening).finish((whole) => sidecar.prepare(whole));
      return written;
    };
    // Renders that have started take priority.
    const frames = await scheduler.run(bytes, write, true);
    await sidecar.write();
    for (const notice of seams.notices()) onNotice?.(notice);
    return { frames, dreamed: meter.done() };
  } catch (error) {
    await (await opening.catch(() => undefined))?.abort();
    const finished = cache.keptFrames(plan);
    if (finished > 0)
      onNotice?.(`${finished} finished frames are kept; run the same command again to resume`);
    throw refused.signal.aborted && !signal?.aborted ? refused.signal.reason : error;
  }
}

/** Open the output for writing, with its recipe as metadata. */
async function openOutput(
  target: Output,
  scene: Scene,
  prepared: PreparedRender,
  work: string,
  recipe: Recipe,
  onNotice: RenderOptions["onNotice"],
): Promise<FrameSink> {
  const { plan } = prepared;
  const { quality, codec } = scene.output;
  const comment = writeRecipe(recipe);
  const fits = comment.length <= longestComment;
  if (!fits)
    onNotice?.(
      `the scene is too long for the video's metadata; only ${sidecarOf(outputPath(target))} contains it`,
    );
  return openSink(target, {
    work,
    ...(fits ? { comment } : {}),
    size: plan.size,
    first: plan.first,
    fps: plan.fps,
    quality,
    audio: audioPieces(prepared, scene),
    codec,
  });
}

/**
 * Store and write frames as they arrive, in the background; frames that are undefined are already stored. Returns their
 * count.
 */
async function writeAll(
  film: AsyncIterable<Frame | undefined>,
  first: number,
  writer: FrameWriter,
  sink: Promise<FrameSink>,
  signal: AbortSignal,
): Promise<number> {
  let index = first;
  try {
    for await (const frame of film)
      await writer.write(index++, frame, async (pixels) => (await sink).write(pixels));
  } finally {
    await writer.finish();
  }
  // Frames that were not passed on must not end as an output that looks complete.
  throwIfInterrupted(signal);
  return index - first;
}
