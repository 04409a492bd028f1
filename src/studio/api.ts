/**
 * What the studio's page and its server tell each other, under /api/. Types only: the page imports them.
 *
 * Every request needs the session's cookie, every write an `Origin` of the studio's own. Errors have a status of 400 or more
 * and `ApiError` as their body. Paths are relative to the studio's folder, with forward slashes.
 */
import type { ShotTiming } from "./edit/timeline.ts";

/** Body of every answer with a status of 400 or more. */
export interface ApiError {
  /** An `ErrorCode` of the library, `CONFLICT`, `FORBIDDEN`, `NOT_FOUND` or `TOO_LARGE`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `GET /api/studio` */
export interface StudioInfo {
  readonly version: string;
  /** Name of the folder, without the way to it. */
  readonly folder: string;
  /** The scene that the studio was started with. */
  readonly scene?: string;
  /** Largest upload, bytes. */
  readonly maxUploadBytes: number;
  readonly cores: number;
}

/** `GET /api/scenes`: the newest first. */
export interface SceneEntry {
  readonly path: string;
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly version: string;
  /** The number of problems of its text; 0 says nothing of the files it names. */
  readonly problems: number;
  /** What the text alone says: absent where it depends on a clip. */
  readonly size?: Size;
  readonly fps?: number;
  readonly durationSec?: number;
  readonly kind: "noise" | "image" | "video" | "frames" | "lavfi" | "unknown";
  /** A finished frame, or the source picture. */
  readonly thumbnail?: string;
  /** Where the finished output is, if it exists: an address. */
  readonly output?: string;
}

/** `GET /api/files`: pictures, clips and sounds of the folder. */
export interface MediaEntry {
  readonly path: string;
  readonly kind: "image" | "video" | "sound" | "network";
  readonly bytes: number;
  readonly modified: number;
}

/** `GET /api/scene?path=` */
export interface SceneText {
  readonly path: string;
  readonly text: string;
  /** Hash of the text. */
  readonly version: string;
}

/** `PUT /api/scene?path=`; answers `Saved`, or 409 with `SceneText` where the file is no longer `base`. */
export interface SaveRequest {
  readonly text: string;
  /** The version that the text was made from. */
  readonly base: string;
}

export interface Saved {
  readonly version: string;
}

/** `POST /api/scenes`; never replaces a file. */
export interface NewScene {
  readonly template: "zoom" | "clip" | "layers";
  /** Name of the scene, made safe and unique. */
  readonly name: string;
  /** Of a picture, clip or sound in the folder. */
  readonly media?: string;
}

/** Answer of `POST /api/scenes` and of `POST /api/files?name=` with the file as its body. */
export interface Created {
  readonly path: string;
}

/** `POST /api/check` */
export interface CheckRequest {
  readonly path: string;
  readonly text: string;
}

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** Absent where the scene has problems. */
  readonly scene?: SceneSummary;
  readonly notices: readonly string[];
}

export interface Problem {
  readonly path: readonly (string | number)[];
  /** From 1; absent where the value is not written in the text. */
  readonly line?: number;
  /** Characters, from 1. */
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

export interface SceneSummary {
  readonly title?: string;
  readonly size: Size;
  readonly frames: number;
  readonly fps: number;
  readonly durationSec: number;
  readonly loop: boolean;
  readonly network: string;
  readonly shots: readonly ShotSummary[];
  /** Every number of the scene that is set or that changes, shot by shot. */
  readonly values: readonly ValueSummary[];
  readonly sound: SoundSummary | null;
  /** Film frames at which the clip cuts, as far as a render has found them. */
  readonly cuts: readonly number[];
  /** Whether each frame goes on from the one before. */
  readonly feedsBack: boolean;
}

export interface ShotSummary {
  readonly index: number;
  readonly title?: string;
  readonly startFrame: number;
  /** Inclusive. */
  readonly endFrame: number;
  readonly fadeFrames: number;
  readonly kind: SceneEntry["kind"];
  /** The file of its source in the folder, if it is there. */
  readonly media?: string;
  /** What times of its keys are counted by, for edits. */
  readonly timing: ShotTiming;
}

export interface ValueSummary {
  /** Keys from the shot, or from the scene without shots: `["dream", "layers", "motifs3:17"]`. */
  readonly path: readonly (string | number)[];
  /** Number of the shot in `shots`, absent in a scene without shots. */
  readonly shot?: number;
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** A sensible step of a knob. */
  readonly step: number;
  /** A sensible span of a knob, within min and max. */
  readonly span: readonly [number, number];
  /** At frame 0 of its shot. */
  readonly value: number;
  /** Whether the text sets it: others have their default. */
  readonly written: boolean;
  readonly animated: boolean;
  /** As written, if it is an expression: a knob cannot set it without replacing it. */
  readonly expression?: string;
  /** At most 600, evenly over its shot; absent where it does not change. */
  readonly samples?: readonly number[];
  readonly keys: readonly KeySummary[];
}

export interface KeySummary {
  /** From the shot's start. */
  readonly timeSec: number;
  /** An expression as written. */
  readonly value: number | string;
  readonly ease: string;
  /** Its entry of the shot's `timeline`; absent for the value itself and for keys of a schedule, which cannot be moved. */
  readonly entry?: number;
}

export interface SoundSummary {
  /** The file that is heard; absent where it lies outside the folder. */
  readonly url?: string;
  /** Place in the file where the film starts, s. */
  readonly startSec: number;
  readonly durationSec: number;
  /** At most 2,000 pairs of lowest and highest sample, −1..1, evenly over the sound. */
  readonly peaks: readonly number[];
  readonly bpm?: number;
  readonly beatsPerBar?: number;
  /** Film times, s. */
  readonly beats: readonly number[];
}

export type ValuePath = readonly (string | number)[];

/** `GET /api/names?path=`: of the scene's network, for completion. */
export interface Names {
  readonly network: string;
  readonly layers: readonly LayerEntry[];
  readonly classes: readonly string[];
  /** Networks that are on this machine. */
  readonly networks: readonly string[];
  readonly easings: readonly string[];
  readonly files: readonly string[];
}

export interface LayerEntry {
  readonly name: string;
  readonly channels: number;
  readonly op: string;
  readonly stride: number;
  readonly receptiveField: number | null;
  readonly about?: string;
}

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

/** `POST /api/stop` ends the looks and the motion of a client. */
export interface StopRequest {
  readonly client: string;
}

/** `POST /api/renders` → `Render`. */
export interface RenderRequest {
  readonly path: string;
  /** First and last frame, inclusive. Default all. */
  readonly frames?: readonly [number, number];
  /** Replace an output that this scene did not make. */
  readonly force?: boolean;
}

/** `GET /api/renders`: in the order of the queue, finished ones last. `POST /api/renders/ID/pause|resume|cancel|move?to=`. */
export interface Render {
  readonly id: string;
  readonly path: string;
  readonly state: "waiting" | "rendering" | "paused" | "done" | "failed";
  readonly framesDone: number;
  /** 0 until it is known. */
  readonly frames: number;
  /** Frames to render, inclusive, where not all. */
  readonly range?: readonly [number, number];
  /** What a render waits for: the picture that a page looks at goes first; at the start, the network is opened. */
  readonly waitsFor?: "picture" | "network";
  readonly secondsLeft?: number;
  readonly secondsPerFrame?: number;
  readonly error?: ApiError;
  /** Where it is rendered to on the disk, once that is known. */
  readonly file?: string;
  /** What it renders into: an address, once it is done. */
  readonly output?: string;
  readonly notices: readonly string[];
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

/** `GET /api/atlas?path=&layer=&channel=`: the picture, or 202 while it is being dreamed. */
export interface AtlasEntry {
  readonly layer: string;
  /** Absent: the whole layer. */
  readonly channel?: number;
  readonly url: string;
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

/** Events of `GET /api/events?client=`, named by `type`. */
export type StudioEvent =
  | LookEvent
  | MotionEvent
  | FrameEvent
  | FileEvent
  | AtlasEvent
  | { readonly type: "hello"; readonly version: string; readonly started: string }
  | SoundEvent
  /** The thumbnail of a scene has changed: `GET /api/scenes` has its new address. */
  | { readonly type: "thumbnail"; readonly path: string }
  | { readonly type: "render"; readonly renders: readonly Render[] };

export interface LookEvent {
  readonly type: "look";
  readonly id: string;
  readonly frame: number;
  readonly kind: LookRequest["kind"];
  /** From 1; 0 is the picture that the dream starts from. */
  readonly octave: number;
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

/** The sound of a scene is known: it comes after `POST /api/check` has answered with `sound: null`. */
export interface SoundEvent {
  readonly type: "sound";
  readonly path: string;
  readonly sound: SoundSummary;
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

export interface AtlasEvent extends AtlasEntry {
  readonly type: "atlas";
  /** Of the network: a file's hash. */
  readonly network: string;
  readonly error?: ApiError;
}
