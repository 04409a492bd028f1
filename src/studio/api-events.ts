/** Looks, and the events that tell what happens. Types only, as in `api.ts`. */

import type { ApiError } from "./api.ts";
import type { FarmNow } from "./api-farm.ts";
import type { Render } from "./api-render.ts";
import type { CutsSummary, Problem, SoundSummary } from "./api-scene.ts";

/** `POST /api/look` → `Started`. The newest look of a client cancels its older one. Pictures come as `look` events. */
export interface LookRequest {
  /** As in `GET /api/events?client=`. */
  readonly client: string;
  readonly path: string;
  readonly text: string;
  readonly frame: number;
  /** Of the picture, px. */
  readonly width: number;
  readonly kind: "dream" | "source" | "motion";
  /** A dream shows its source, as octave 0, until it has a picture of its own. */
  readonly sourceFirst?: boolean;
}

export interface Started {
  readonly id: string;
}

/** `POST /api/motion` → `Started`. Frames come as `motion` events, in order. */
export interface MotionRequest {
  readonly client: string;
  readonly path: string;
  readonly text: string;
  /** Inclusive. */
  readonly frames: readonly [number, number];
  readonly width: number;
}

/** `POST /api/stop` ends the looks and the motion of a client, or one of them alone. */
export interface StopRequest {
  readonly client: string;
  readonly what?: "look" | "motion";
}

/** What the layer browser's pictures are doing; `GET /api/atlas?path=&layer=&channel=` answers when its own is dreamed. */
export interface TilesState {
  /** `motifs3`, `motifs3:17`: the one that is being dreamed. */
  readonly dreaming?: string;
  /** Whether they wait until a page's own picture is dreamed. */
  readonly isHeld: boolean;
}

/** `GET /api/tiles?path=`: what has been dreamed of the scene's network already. */
export interface Tiles extends TilesState {
  readonly dreamed: readonly string[];
}

/** Events of `GET /api/events?client=`, named by `type`. */
export type StudioEvent =
  | LookEvent
  | MotionEvent
  | FrameEvent
  | FileEvent
  | TilesEvent
  | { readonly type: "hello"; readonly version: string; readonly started: string }
  | SoundEvent
  | CutsEvent
  /** More is known of clips and sounds: `GET /api/scenes` and `GET /api/files` say it. */
  | { readonly type: "media" }
  /** The thumbnail of a scene has changed: `GET /api/scenes` has its new address. */
  | { readonly type: "thumbnail"; readonly path: string }
  | { readonly type: "render"; readonly renders: readonly Render[] }
  /** Many frames of a scene have been finished, or are found in another place: `GET /api/finished` says which. */
  | { readonly type: "frames"; readonly path: string }
  | { readonly type: "farm"; readonly farm: FarmNow };

export interface LookEvent {
  readonly type: "look";
  readonly id: string;
  readonly frame: number;
  readonly kind: LookRequest["kind"];
  /** From 1; 0 is the picture that the dream starts from. */
  readonly octave: number;
  /** 0 where it is not known yet. */
  readonly octaves: number;
  /** Absent where the look failed. */
  readonly url?: string;
  readonly done: boolean;
  /** What a film that feeds back is dreamed from: finished frames, or the source as a stand-in for them. */
  readonly from?: "render" | "checkpoint" | "source";
  /** Whether it equals the frame of a render: at a smaller size the dream has other forms. */
  readonly exact?: boolean;
  readonly milliseconds?: number;
  readonly error?: ApiError;
  readonly problems?: readonly Problem[];
}

export interface MotionEvent {
  readonly type: "motion";
  readonly id: string;
  readonly frame: number;
  readonly url?: string;
  readonly done: boolean;
  readonly error?: ApiError;
}

/** The sound of a scene's text is known: `POST /api/check` has answered without it, or is about to. */
export interface SoundEvent {
  readonly type: "sound";
  readonly path: string;
  /** The text that was checked. */
  readonly text: string;
  readonly sound: SoundSummary | null;
}

/** More is known of the cuts of a scene's clips. */
export interface CutsEvent {
  readonly type: "cuts";
  readonly path: string;
  /** The text that was checked. */
  readonly text: string;
  readonly cuts: CutsSummary;
}

/** A frame has been finished by a render. */
export interface FrameEvent {
  readonly type: "frame";
  readonly path: string;
  readonly frame: number;
  readonly url: string;
}

/** A file of the folder has changed on the disk; a scene's `version` is absent where it is gone. */
export interface FileEvent {
  readonly type: "file";
  readonly path: string;
  readonly version?: string;
}

export interface TilesEvent extends TilesState {
  readonly type: "tiles";
}
