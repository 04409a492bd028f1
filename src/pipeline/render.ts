import PQueue from "p-queue";
import { writeWhole } from "../disk/whole-file.ts";
import { DreamError } from "../errors.ts";
import { Grader } from "../flow/color.ts";
import { Feedback } from "../flow/feedback.ts";
import { Mixer } from "../flow/mix.ts";
import { FlowEstimator } from "../flow/optical-flow.ts";
import type { Frame } from "../frame.ts";
import { type Engine, isLarge } from "../runtime/engine.ts";
import type { Scene } from "../scene/scene.ts";
import { longestComment } from "../video/comment.ts";
import { toBytes } from "../video/image.ts";
import { toNumber } from "../video/rational.ts";
import { checkOutput, type FrameSink, openSink } from "../video/sink.ts";
import { checkDisk, predictDisk } from "./disk.ts";
import { countDreamed, dreamFilm } from "./film.ts";
import type { StepTools } from "./frame-step.ts";
import { checkMemory, predictMemory } from "./memory.ts";
import type { RenderPlan } from "./plan.ts";
import { type PreparedRender, type PrepareOptions, prepareRender } from "./prepare.ts";
import { progressMeter, type RenderForecast, type RenderProgress } from "./progress.ts";
import { guardOutput } from "./recipe/guard-output.ts";
import { type Recipe, recipeOf, writeRecipe } from "./recipe/recipe.ts";
import { sidecarOf } from "./recipe/stored-recipe.ts";
import { RenderWork } from "./resume/render-work.ts";
import type { Leave } from "./resume/work-folder.ts";
import { audioPieces } from "./sound.ts";

export interface RenderOptions extends PrepareOptions {
  /** Instead of the scene's own. */
  readonly output?: string;
  /** Replace an output that this scene did not make, and begin though memory or disk will hardly do. */
  readonly force?: boolean;
  /** Start over, whatever an earlier run has finished. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Told once, after the second dreamed frame: the first includes compiling. */
  readonly onForecast?: (forecast: RenderForecast) => void;
}

export interface RenderResult {
  readonly file: string;
  readonly frames: number;
  /** Frames dreamed in this run; the others were there already. */
  readonly dreamed: number;
  readonly seconds: number;
}

/**
 * Render a scene into its output file, which appears only when complete. What is finished is kept in a folder beside it
 * until then: after a failure or an interruption the same call goes on from there, and the frames are those of a run
 * that was never stopped. Throws `DreamError`s of every room; `INTERRUPTED` when `signal` fires.
 */
export async function renderScene(
  scene: Scene,
  options: RenderOptions = {},
): Promise<RenderResult> {
  const started = performance.now();
  const file = options.output ?? scene.output.file;
  for (const shot of scene.shots ?? [scene]) refuseSource(shot, file);
  checkOutput(file, scene.output.codec);
  if (!options.force) await guardOutput(file, scene, options);
  const prepared = await prepareRender(scene, options);
  try {
    if (!options.force) checkMemory(prepared, options);
    const work = await RenderWork.open(scene, file, prepared, options);
    let leave: Leave = "all";
    try {
      const result = await renderInto(file, scene, prepared, work, options);
      leave = work.whenDone(scene);
      return { file, ...result, seconds: (performance.now() - started) / 1000 };
    } finally {
      await work.close(leave);
    }
  } finally {
    await prepared.dispose();
  }
}

async function renderInto(
  file: string,
  scene: Scene,
  prepared: PreparedRender,
  work: RenderWork,
  options: RenderOptions,
): Promise<{ frames: number; dreamed: number }> {
  const { plan, engine } = prepared;
  const { signal, onNotice, force = false } = options;
  const film = {
    wanted: (index: number) => !work.frames.has(index),
    states: (shot: number) => work.states(shot),
  };
  const kept = work.keptFrames(plan);
  if (kept > 0) onNotice?.(`${kept} of ${plan.last - plan.first + 1} frames are there already`);
  const checkRoom = async (framePngBytes?: number): Promise<void> => {
    const measured = framePngBytes === undefined ? {} : { framePngBytes };
    if (!force) await checkDisk(file, predictDisk(file, prepared, scene, { kept, ...measured }));
  };
  await checkRoom();
  const recipe = recipeOf(scene, prepared, work.files, options);
  const sink = await openOutput(file, scene, prepared, work, recipe, onNotice);
  const meter = progressMeter(countDreamed(prepared, film), options.onProgress, (seconds) => {
    const { outputBytes, workBytes } = predictDisk(file, prepared, scene, { kept });
    const memoryBytes = predictMemory(prepared, options);
    options.onForecast?.({ seconds, memoryBytes, diskBytes: outputBytes + workBytes });
  });
  const pictures = dreamFilm(prepared, stepTools(engine, plan, options), {
    ...film,
    onDreamed: meter.step,
    ...(signal ? { signal } : {}),
  });
  try {
    const frames = await writeAll(pictures, plan.first, work, sink, checkRoom);
    await writeWhole(`${JSON.stringify(recipe, null, 2)}\n`, sidecarOf(file));
    return { frames, dreamed: meter.done() };
  } catch (error) {
    const finished = work.keptFrames(plan);
    if (finished > 0)
      onNotice?.(`${finished} finished frames are kept; the same command goes on from there`);
    throw error;
  }
}

/** Open the output for writing, its recipe inside. */
function openOutput(
  file: string,
  scene: Scene,
  prepared: PreparedRender,
  work: RenderWork,
  recipe: Recipe,
  onNotice: RenderOptions["onNotice"],
): Promise<FrameSink> {
  const { plan } = prepared;
  const { quality, codec } = scene.output;
  const comment = writeRecipe(recipe);
  const fits = comment.length <= longestComment;
  if (!fits)
    onNotice?.(`the scene is too long for the video's metadata; ${sidecarOf(file)} alone has it`);
  return openSink(file, {
    work: work.path,
    ...(fits ? { comment } : {}),
    size: plan.size,
    fps: plan.fps,
    quality,
    audio: audioPieces(prepared, scene),
    ...(codec ? { codec } : {}),
  });
}

/** What every frame of a render is made with, beside its network. */
export function stepTools(
  engine: Engine,
  plan: RenderPlan,
  { preview = false }: PrepareOptions,
): Omit<StepTools, "dreamer"> {
  return {
    engine,
    flow: new FlowEstimator(engine),
    feedback: new Feedback(engine),
    grader: new Grader(engine),
    mixer: new Mixer(engine),
    fps: toNumber(plan.fps),
    preview,
  };
}

/**
 * Keep and write frames as they come, behind the dreaming; those not given are kept already. `onFirst` is told what the
 * first one takes. Finishes or aborts the sink.
 */
async function writeAll(
  film: AsyncIterable<Frame | undefined>,
  first: number,
  work: RenderWork,
  sink: FrameSink,
  onFirst: (pngBytes: number) => Promise<void>,
): Promise<number> {
  const writing = new PQueue({ concurrency: 1 });
  let failure: unknown;
  let written = 0;
  let measured = false;
  try {
    for await (const frame of film) {
      if (failure) throw failure;
      const index = first + written++;
      await writing.onSizeLessThan(frame && isLarge(frame.height, frame.width) ? 1 : 4);
      writing
        .add(async () => {
          const pixels = frame ? toBytes(frame) : await work.frames.load(index);
          const bytes = frame && (await work.keep(index, pixels));
          if (bytes !== undefined && !measured) {
            measured = true;
            await onFirst(bytes);
          }
          if (!failure) await sink.write(pixels);
        })
        .catch((error: unknown) => {
          failure ??= error;
        });
    }
    await writing.onIdle();
    if (failure) throw failure;
    await sink.finish();
    return written;
  } catch (error) {
    // What is dreamed already is kept, whatever stopped the rest.
    await writing.onIdle();
    await sink.abort();
    throw failure ?? error;
  }
}

/** The output must never be the clip that is being read. */
function refuseSource(scene: Scene, file: string): void {
  const input =
    scene.source.type === "video" || scene.source.type === "image" ? scene.source.file : undefined;
  if (input === file) {
    throw new DreamError("OUTPUT_EXISTS", "the output is the source itself", {
      where: file,
      hint: "Choose another output.file, or -o.",
    });
  }
}
