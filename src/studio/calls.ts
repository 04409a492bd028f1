/** What the server asks of the processes that dream. */

import type { Size } from "./api.ts";
import type { LookRequest } from "./api-events.ts";
import type { CheckResult, CutsSummary, Names, SoundSummary } from "./api-scene.ts";

/** A scene as it is now, saved or not. */
export interface SceneNow {
  /** Absolute. */
  readonly file: string;
  /** The studio's folder, absolute. */
  readonly folder: string;
  readonly text: string;
}

export interface LookCall extends SceneNow {
  readonly frame: number;
  readonly width: number;
  readonly kind: LookRequest["kind"];
}

/** A picture on the way to a look, JPEG. */
export interface LookPicture {
  readonly jpeg: Uint8Array;
  readonly octave: number;
  readonly octaves: number;
}

export interface LookResult {
  readonly from?: "render" | "source";
  readonly exact: boolean;
}

export interface MotionCall extends SceneNow {
  readonly frames: readonly [number, number];
  readonly width: number;
}

export interface MotionPicture {
  readonly jpeg: Uint8Array;
  readonly frame: number;
}

export interface RenderCall extends SceneNow {
  readonly frames?: readonly [number, number];
  /** Absolute; default the scene's own. */
  readonly output?: string;
  /** The output whose render cache is used; default `output`. */
  readonly cacheOf?: string;
  readonly force?: boolean;
}

export type RenderReport =
  | {
      readonly type: "progress";
      readonly done: number;
      readonly total: number;
      readonly secondsPerFrame: number;
      readonly secondsLeft: number;
    }
  | { readonly type: "frame"; readonly index: number; readonly name: string }
  | { readonly type: "notice"; readonly message: string };

export interface RenderDone {
  readonly file: string;
  readonly frames: number;
  readonly upToDate: boolean;
}

export interface FinishedCall extends SceneNow {
  /** Further folders with frames by the same keys: render caches on the farm. Absolute. */
  readonly caches?: readonly string[];
}

/** The finished frames of a scene's present text. */
export interface FinishedCallResult {
  readonly frames: number;
  readonly fps: number;
  readonly size: Size;
  /** Folder with the frames. */
  readonly cache: string;
  /** Frame → name of its file in `cache`, or its path elsewhere, for frames that are finished. */
  readonly files: readonly (readonly [number, string])[];
  readonly output: string;
}

export interface AtlasCall extends SceneNow {
  readonly layer: string;
  readonly channel?: number;
}

export interface AtlasResult {
  /** Absolute. */
  readonly file: string;
  readonly network: string;
}

export interface MediaCall {
  /** Absolute. */
  readonly file: string;
  readonly kind: "video" | "sound";
}

/** Absent where it is not known. */
export interface MediaFacts {
  readonly durationSec?: number;
  readonly fps?: number;
  readonly size?: Size;
}

/** Each call with its request, what it reports on the way, and its result. */
export type Calls = {
  readonly check: {
    readonly request: SceneNow;
    readonly report: never;
    readonly result: CheckResult;
  };
  readonly sound: {
    readonly request: SceneNow;
    readonly report: never;
    readonly result: SoundSummary | null;
  };
  readonly cuts: {
    readonly request: SceneNow;
    readonly report: CutsSummary;
    readonly result: CutsSummary;
  };
  readonly names: {
    readonly request: SceneNow;
    readonly report: never;
    readonly result: Omit<Names, "files">;
  };
  readonly look: {
    readonly request: LookCall;
    readonly report: LookPicture;
    readonly result: LookResult;
  };
  readonly motion: {
    readonly request: MotionCall;
    readonly report: MotionPicture;
    readonly result: null;
  };
  readonly render: {
    readonly request: RenderCall;
    readonly report: RenderReport;
    readonly result: RenderDone;
  };
  readonly finished: {
    readonly request: FinishedCall;
    readonly report: never;
    readonly result: FinishedCallResult;
  };
  readonly atlas: {
    readonly request: AtlasCall;
    readonly report: never;
    readonly result: AtlasResult;
  };
  /** The picture if it is there already. */
  readonly keptTile: {
    readonly request: AtlasCall;
    readonly report: never;
    readonly result: AtlasResult | null;
  };
  /** What has been dreamed of the network's layers and channels. */
  readonly tiles: {
    readonly request: SceneNow;
    readonly report: never;
    readonly result: readonly string[];
  };
  readonly media: {
    readonly request: MediaCall;
    readonly report: never;
    readonly result: MediaFacts;
  };
  readonly mediaPicture: {
    readonly request: { readonly file: string };
    readonly report: never;
    readonly result: Uint8Array;
  };
  /** Files have changed on the disk. */
  readonly forget: { readonly request: null; readonly report: never; readonly result: null };
};
