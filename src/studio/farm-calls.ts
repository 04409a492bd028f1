/** What the server asks of the process that talks to the farm. */
import type { Change } from "../farm/change.ts";
import type { FarmPlace } from "../farm/open-farm.ts";
import type { FilmStatus } from "../farm/status.ts";
import type { ApiError } from "./api.ts";
import type { FarmLog, FarmWorker } from "./api-farm.ts";

export interface SubmitCall {
  readonly place: FarmPlace;
  /** Of the scene, absolute. */
  readonly file: string;
  readonly text: string;
  /** Where the output will be delivered, absolute. */
  readonly output: string;
  /** Whether an output that this scene did not make may be replaced. */
  readonly force: boolean;
}

export interface SubmitDone {
  /** Id of the film. */
  readonly film: string;
  /** Its render cache in the share, absolute. */
  readonly cache: string;
  readonly frames: number;
  readonly notices: readonly string[];
}

export interface FilmCall {
  readonly place: FarmPlace;
  readonly film: string;
}

export interface DeliverCall extends FilmCall, Pick<SubmitCall, "file" | "output" | "force"> {}

/** How a film is, with the frames that were finished since the report before. */
export interface FilmReport {
  readonly film: string;
  readonly status?: FilmStatus;
  /** Why nothing is known of it. */
  readonly error?: ApiError;
  /** Frame and its file, absolute. */
  readonly made: readonly (readonly [number, string])[];
}

export type FarmReport =
  | {
      readonly type: "ready";
      readonly workers: readonly FarmWorker[];
      readonly films: readonly FilmReport[];
    }
  | { readonly type: "away"; readonly error: ApiError };

export type FarmCalls = {
  readonly submit: {
    readonly request: SubmitCall;
    readonly report: never;
    readonly result: SubmitDone;
  };
  /** Report on the workers and the films that `follow` names, until it is cancelled. */
  readonly watch: {
    readonly request: FarmPlace;
    readonly report: FarmReport;
    readonly result: null;
  };
  readonly follow: {
    readonly request: { readonly films: readonly string[] };
    readonly report: never;
    readonly result: null;
  };
  readonly change: {
    readonly request: FilmCall & { readonly change: Change };
    readonly report: never;
    readonly result: null;
  };
  readonly logs: {
    readonly request: FilmCall;
    readonly report: never;
    readonly result: readonly FarmLog[];
  };
  readonly deliver: {
    readonly request: DeliverCall;
    readonly report: never;
    readonly result: null;
  };
};
