/** What a process and the one that started it tell each other. */
import type { SceneProblem } from "../errors.ts";

/** Each call with its request, what it reports on the way, and its result. All of them can be cloned. */
export interface CallMap {
  readonly [name: string]: {
    readonly request: unknown;
    readonly report: unknown;
    readonly result: unknown;
  };
}

/** To the process. */
export type ToHost =
  | { readonly type: "call"; readonly id: number; readonly name: string; readonly request: unknown }
  | { readonly type: "cancel"; readonly id: number };

/** An error of a call. */
export interface HostError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems: readonly SceneProblem[];
}

/** From the process. */
export type FromHost =
  | { readonly type: "report"; readonly id: number; readonly report: unknown }
  | { readonly type: "result"; readonly id: number; readonly result: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: HostError };
