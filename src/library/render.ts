/** The library's renders of scenes: to a file, frame by frame, or only an estimate. */
import type { EngineChoice } from "../choices.ts";
import type { Frame } from "../frame.ts";
import type { Size } from "../image/image.ts";
import { estimateRender } from "../pipeline/forecast/estimate.ts";
import { checkMemory } from "../pipeline/forecast/memory.ts";
import {
  progressMeter,
  type RenderForecast,
  type RenderProgress,
} from "../pipeline/forecast/progress.ts";
import { countMade, dreamFilm } from "../pipeline/frames/film.ts";
import { stepTools } from "../pipeline/frames/step-tools.ts";
import { prepareRender } from "../pipeline/plan/prepare.ts";
import { renderScene as renderToFile } from "../pipeline/render/render.ts";
import type { RenderResult } from "../pipeline/render/render-options.ts";
import { type ReproduceResult, reproduce as reproduceFile } from "../pipeline/render/reproduce.ts";
import type { Scene } from "../scene/scene.ts";
import { toNumber } from "../video/rational.ts";

/** Options of every render of a scene. */
export interface SceneOptions {
  /** Half the size, half the frame rate, half the steps. */
  readonly preview?: boolean;
  /** First and last frame, inclusive, counted from 0. Default: all frames. */
  readonly frames?: readonly [number, number];
  /** Replaces the engine of the scene. */
  readonly engine?: EngineChoice;
  /** Number of CPU threads; default: the number of cores. */
  readonly threads?: number;
  /** Compute on the CPU in a worker thread, so that this thread stays free for other events. Default false. */
  readonly worker?: boolean;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

export interface FramesOptions extends SceneOptions {
  /** Start even if memory may not suffice. */
  readonly force?: boolean;
  readonly onProgress?: (progress: RenderProgress) => void;
}

export interface RenderOptions extends FramesOptions {
  /** Replaces the output of the scene. A trailing slash means a folder of frames. */
  readonly output?: string;
  /** Maximum bytes of frames kept beside the output for later edits; default: 5 % of the free disk space. */
  readonly keptBytes?: number;
  /** Replace an output that this scene did not make, and start even if memory or disk space may not suffice. */
  readonly force?: boolean;
  /** Start over: do not resume an earlier run, and render even if the output is up to date. */
  readonly fresh?: boolean;
  /** Number of shots to render in parallel on the CPU with shared `threads`; default 1. Frames do not depend on it. */
  readonly jobs?: number;
  /** Called once, after the second dreamed frame, because the first includes compilation. */
  readonly onForecast?: (forecast: RenderForecast) => void;
}

export interface ReproduceOptions extends Omit<RenderOptions, "preview" | "frames"> {
  /** Folders to search for the scene's files, in addition to the file's own folder and the working folder. */
  readonly folders?: readonly string[];
}

/**
 * Render a scene to its output file, which is written atomically. Finished frames are kept in a folder beside it until
 * then, so that after a failure or an interruption the same call resumes. Throws `DreamError`s; `INTERRUPTED` within one
 * step after `signal` fires.
 */
export function renderScene(scene: Scene, options: RenderOptions = {}): Promise<RenderResult> {
  return renderToFile(scene, options);
}

/**
 * Reproduce a video, a picture or a folder of frames from the recipe inside it or beside it. Throws `NO_RECIPE`,
 * `FILE_NOT_FOUND`, `MODEL_INVALID` if a network differs from the original, and the errors of `renderScene`.
 */
export function reproduce(file: string, options: ReproduceOptions = {}): Promise<ReproduceResult> {
  return reproduceFile(file, options);
}

/** A frame of a rendered scene. */
export interface RenderedFrame {
  /** Number of the frame in the whole scene, from 0. */
  readonly index: number;
  /** A copy, which the caller may change. */
  readonly frame: Frame;
}

/**
 * Render the frames of a scene in order, on demand, without writing to the disk. Leaving the loop releases everything.
 * Throws the errors of `renderScene` except those about outputs.
 */
export async function* renderFrames(
  scene: Scene,
  { onProgress, force = false, ...options }: FramesOptions = {},
): AsyncGenerator<RenderedFrame, void, undefined> {
  const prepared = await prepareRender(scene, options);
  try {
    const { plan, engine } = prepared;
    if (!force) checkMemory(prepared, options);
    const meter = progressMeter(countMade(prepared), 1, onProgress);
    const film = dreamFilm(prepared, stepTools(engine, plan, options), {
      onMade: meter.step,
      signal: options.signal,
    });
    let index = plan.first;
    for await (const frame of film) {
      // Copied, because the next frame starts from this one and the caller may change it.
      if (frame) yield { index, frame: { ...frame, data: frame.data.slice() } };
      index++;
    }
  } finally {
    await prepared.dispose();
  }
}

/** Predicted time, memory and disk space of a render. */
export interface SceneEstimate {
  /** The output file. */
  readonly file: string;
  readonly size: Size;
  readonly frames: number;
  /** Frames per second. */
  readonly fps: number;
  readonly network: string;
  readonly engine: string;
  /** Time of the whole render, from the measured time of a few frames. */
  readonly seconds: number;
  readonly secondsPerFrame: number;
  /** Predicted maximum. */
  readonly memoryBytes: number;
  /** Predicted size of the output. */
  readonly diskBytes: number;
  /** Predicted size of the render cache until the output is complete. */
  readonly workBytes: number;
  /** Maximum size of the render cache that is kept afterwards for later edits. */
  readonly keptBytes: number;
}

/**
 * Estimate a render, as `dreamreel check` does: two frames of each shot are rendered, and nothing is written. Throws the
 * errors of `renderFrames`.
 */
export async function estimate(scene: Scene, options: SceneOptions = {}): Promise<SceneEstimate> {
  const { plan, settings: _, keepFrames: __, disk, ...rest } = await estimateRender(scene, options);
  const { size, frames, fps } = plan;
  const { outputBytes: diskBytes, workBytes } = disk;
  return { ...rest, size, frames, fps: toNumber(fps), diskBytes, workBytes };
}
