/** The farm that the studio was started with. Types only, as in `api.ts`. */
import type { FilmWord } from "../farm/film-state.ts";
import type { ApiError } from "./api.ts";

/** `GET /api/farm`, and `farm` events: absent where no farm was named. */
export interface FarmNow {
  /** Of Redis, without the password. */
  readonly address: string;
  /** The folder that its machines share. */
  readonly share: string;
  /** `away`: it does not answer, and is asked again every few seconds. */
  readonly state: "connecting" | "ready" | "away";
  /** Why it is away. */
  readonly error?: ApiError;
  readonly workers: readonly FarmWorker[];
}

export interface FarmWorker {
  readonly id: string;
  /** Name of the machine. */
  readonly machine: string;
  readonly engine: string;
  readonly tags: readonly string[];
  /** Pieces at once. */
  readonly jobs: number;
  readonly state: "ready" | "set aside" | "stopping";
  /** Why it is set aside. */
  readonly why?: string;
  /** Measured, for a picture of a megapixel. */
  readonly secondsPerMegapixel?: number;
  readonly pieces: readonly FarmWork[];
}

/** A piece that a worker does. */
export interface FarmWork {
  /** Id of the film. */
  readonly film: string;
  /** The scene, if the film was given to the farm here. */
  readonly path?: string;
  /** `shot 1, frames 0 to 23`. */
  readonly words: string;
  readonly done: number;
  readonly frames: number;
  readonly secondsPerFrame?: number;
}

/** Of a film: on the farm, and before and after that on this machine. */
export type FarmState = FilmWord | "submitting" | "delivering";

/** What a render on the farm has more than one on this machine. */
export interface FarmPart {
  /** Id of the film, once it is in the share. */
  readonly film?: string;
  readonly state: FarmState;
  /** Frames. */
  readonly dreaming: number;
  readonly failed: number;
  /** Why nothing happens, if so. */
  readonly why?: string;
  /** Of pieces that failed. */
  readonly failures: readonly { readonly worker: string; readonly message: string }[];
}

/** `GET /api/renders/ID/logs`: of failed pieces, or of all where none failed. */
export interface FarmLog {
  readonly name: string;
  readonly text: string;
}
