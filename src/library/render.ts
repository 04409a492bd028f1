/** Renders of scenes for programs: into a file, frame by frame, or only what they would take. */
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

/** What all renders of a scene can be told. */
export interface SceneOptions {
  /** Half the size, half the frame rate, half the steps. */
  readonly preview?: boolean;
  /** First and last frame, inclusive, counted from 0. Default all. */
  readonly frames?: readonly [number, number];
  /** Instead of the scene's own. */
  readonly engine?: EngineChoice;
  /** Threads that compute on the CPU, by default as many as there are cores. */
  readonly threads?: number;
  /** Compute on the CPU in a worker thread, so that this thread stays free for other events. Default false. */
  readonly worker?: boolean;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

export interface FramesOptions extends SceneOptions {
  /** Begin though memory will hardly do. */
  readonly force?: boolean;
  readonly onProgress?: (progress: RenderProgress) => void;
}

export interface RenderOptions extends FramesOptions {
  /** Instead of the scene's own, or of a preview's: `zoom.preview.mp4`. A closing slash makes a folder of frames. */
  readonly output?: string;
  /** What finished renders beside the output may keep for later edits, bytes; by default 5 % of what is free on the disk. */
  readonly keptBytes?: number;
  /** Replace an output that this scene did not make, and begin though memory or disk will hardly do. */
  readonly force?: boolean;
  /** Start over, whatever an earlier run has finished, and though the output is up to date. */
  readonly fresh?: boolean;
  /** Shots dreamed at once on the CPU, sharing `threads`; by default one. Their frames are the same. */
  readonly jobs?: number;
  /** Told once, after the second dreamed frame: the first includes compiling. */
  readonly onForecast?: (forecast: RenderForecast) => void;
}

export interface ReproduceOptions extends Omit<RenderOptions, "preview" | "frames"> {
  /** Folders where the scene's files are looked for, beside the file's own and the working folder. */
  readonly folders?: readonly string[];
}

/**
 * Render a scene into its output file, which appears only when complete. What is finished is kept in a folder beside it
 * until then: after a failure or an interruption the same call goes on from there. Throws `DreamError`s;
 * `INTERRUPTED` within one step after `signal` fires.
 */
export function renderScene(scene: Scene, options: RenderOptions = {}): Promise<RenderResult> {
  return renderToFile(scene, options);
}

/**
 * Make a video, a picture or a folder of frames again from the recipe inside it or beside it. Throws `NO_RECIPE` where
 * there is none, `FILE_NOT_FOUND`, `MODEL_INVALID` where a network is not the same, and what `renderScene` throws.
 */
export function reproduce(file: string, options: ReproduceOptions = {}): Promise<ReproduceResult> {
  return reproduceFile(file, options);
}

/** A frame of a film. */
export interface RenderedFrame {
  /** Counted from 0, of the whole film. */
  readonly index: number;
  /** The caller's own. */
  readonly frame: Frame;
}

/**
 * The frames of a scene in order, dreamed as they are asked for; nothing is written to the disk. Leaving the loop releases
 * everything. Throws what `renderScene` throws, but for outputs.
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
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let index = plan.first;
    for await (const frame of film) {
      // The next frame goes on from this one, whatever the caller does with it.
      if (frame) yield { index, frame: { ...frame, data: frame.data.slice() } };
      index++;
    }
  } finally {
    await prepared.dispose();
  }
}

/** What a render takes. */
export interface SceneEstimate {
  /** The output. */
  readonly file: string;
  readonly size: Size;
  readonly frames: number;
  /** Frames a second. */
  readonly fps: number;
  readonly network: string;
  readonly engine: string;
  /** Of the render, from frames that were made for it. */
  readonly seconds: number;
  readonly secondsPerFrame: number;
  /** Predicted, at most. */
  readonly memoryBytes: number;
  /** Of the output. */
  readonly diskBytes: number;
  /** Of finished frames and pictures that are kept until the output is complete. */
  readonly workBytes: number;
  /** What of those is kept afterwards for later edits, at most. */
  readonly keptBytes: number;
}

/**
 * What a render would take, as `dreamreel check` says: two frames of each shot are made, nothing is written. Throws as
 * `renderFrames` does.
 */
export async function estimate(scene: Scene, options: SceneOptions = {}): Promise<SceneEstimate> {
  const { plan, settings: _, keepFrames: __, disk, ...rest } = await estimateRender(scene, options);
  const { size, frames, fps } = plan;
  const { outputBytes: diskBytes, workBytes } = disk;
  return { ...rest, size, frames, fps: toNumber(fps), diskBytes, workBytes };
}
