/** Renders and what they give. Types only, as in `api.ts`. */

import type { ApiError, Size } from "./api.ts";
import type { FarmPart } from "./api-farm.ts";
import type { ValuePath } from "./api-scene.ts";

/** `POST /api/renders` → `Render`. */
export interface RenderRequest {
  readonly path: string;
  /** First and last frame, inclusive. Default all. */
  readonly frames?: readonly [number, number];
  /** Replace an output that this scene did not make. */
  readonly force?: boolean;
  /** Where it is rendered. Default this machine; the farm makes whole films. */
  readonly on?: "farm";
}

/**
 * `GET /api/renders`: in the order of the queue, finished ones last; after them those on the farm.
 * `POST /api/renders/ID/pause|resume|cancel|move?to=`, on the farm `retry` too.
 */
export interface Render {
  readonly id: string;
  readonly path: string;
  readonly state: "waiting" | "rendering" | "paused" | "done" | "failed";
  readonly framesDone: number;
  /** 0 until it is known. */
  readonly frames: number;
  /** Frames to render, inclusive, where not all. */
  readonly range?: readonly [number, number];
  /** What delays a render: the picture that a page looks at goes first; at the start, the network is opened. */
  readonly waitsFor?: "picture" | "network";
  readonly secondsLeft?: number;
  readonly secondsPerFrame?: number;
  readonly error?: ApiError;
  /** Where it is rendered to on the disk, once that is known. */
  readonly file?: string;
  /** What it renders into: an address, once it is done. */
  readonly output?: string;
  readonly notices: readonly string[];
  /** Where it is rendered on the farm; one that is cancelled there has the state `failed`. */
  readonly farm?: FarmPart;
}

/** `GET /api/finished?path=`: ranges of finished frames of the saved text, inclusive. */
export interface Finished {
  readonly frames: number;
  readonly fps: number;
  readonly size: Size;
  readonly ranges: readonly (readonly [number, number])[];
  /** Part of the address of each frame, so that it can be cached: `/api/frames?path=&frame=&version=`. */
  readonly version: string;
}

/** `POST /api/steer` → `Saved`: writes a key at the time of the frame that is being dreamed, and saves the scene. */
export interface SteerRequest {
  readonly id: string;
  /** Of a number in the shot that is being dreamed. */
  readonly path: ValuePath;
  readonly value: number;
}

export interface Steered {
  readonly version: string;
  readonly text: string;
  readonly timeSec: number;
}

/** `GET /api/result?path=&frames=FIRST-LAST`: the finished output, or that of a part. */
export interface ResultInfo {
  readonly url: string;
  readonly name: string;
  /** Where it is on the disk. */
  readonly file: string;
  readonly bytes: number;
  readonly modified: number;
  /** Whether the output is of the saved text. */
  readonly recipe?: unknown;
  /** How it is made again. */
  readonly command: string;
}
