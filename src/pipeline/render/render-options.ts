import type { RenderForecast, RenderProgress } from "../forecast/progress.ts";
import type { FrameTools } from "../frames/step-tools.ts";
import type { PrepareOptions } from "../plan/prepare.ts";

export interface RenderOptions extends PrepareOptions {
  /** Overrides the scene's output, or a preview's: `zoom.preview.mp4`. */
  readonly output?: string;
  /** The output whose render cache is used; default: the render's own. Part of a film shares the film's frames in this way. */
  readonly cacheOf?: string;
  /** Bytes that finished renders beside the output may keep for later edits; by default 5 % of the free space. */
  readonly keptBytes?: number;
  /** Replace an output that this scene did not make, and start even if memory or disk space may not suffice. */
  readonly force?: boolean;
  /** Start over and ignore finished frames and an up-to-date output. */
  readonly fresh?: boolean;
  /** Shots to render in parallel on the CPU; they share `threads`. Default 1. The frames are the same. */
  readonly jobs?: number;
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Whether other processes write into the render cache too, each what it has a lease for. */
  readonly shared?: boolean;
  /** Tools of frames that exist already, on the engine that is given; default: new ones. */
  readonly tools?: FrameTools;
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
