/**
 * What the studio's page and its server tell each other, under /api/. Types only: the page imports them. Files beside this one, `api-….ts`, hold those of checks, renders and events.
 *
 * Every request needs the session's cookie, every write an `Origin` of the studio's own. Errors have a status of 400 or more
 * and `ApiError` as their body. Paths are relative to the studio's folder, with forward slashes.
 */

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
  /** Of a clip or a sound, once it is known. */
  readonly durationSec?: number;
  /** Of a photo or a clip: the address of a small picture. */
  readonly picture?: string;
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

/** `POST /api/scenes/rename` with `path` and `name`. */
export interface Renamed extends Created {
  /** What `output.file` says now: the scene's film stays where it was. */
  readonly film?: string;
}

/** `POST /api/scenes/delete` with `path`; `POST /api/scenes/restore` takes it back. */
export interface Deleted {
  readonly path: string;
  /** Its name in the trash. */
  readonly trash: string;
}

/** Answer of `POST /api/scenes`, of `POST /api/scenes/copy` and `/restore`, and of `POST /api/files?name=` with the file as its body. */
export interface Created {
  readonly path: string;
}
