import { DreamError } from "../errors.ts";

/** The state on this machine of one thing that dreamreel needs or can use. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Whether dreamreel works without it. */
  readonly optional?: boolean;
  readonly found: string;
  /** What to do; present if and only if `ok` is false. */
  readonly todo?: string;
}

/** The hint of an error, or `otherwise`. */
export function hintOf(error: unknown, otherwise: string): string {
  return (error instanceof DreamError && error.hint) || otherwise;
}
