import { DreamError } from "../errors.ts";

/** One thing that dreamreel needs or can use, as it is on this machine. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Whether dreamreel works without it. */
  readonly optional?: boolean;
  readonly found: string;
  /** What to do; there wherever something is not ok. */
  readonly todo?: string;
}

/** What an error says is to be done. */
export function hintOf(error: unknown, otherwise: string): string {
  return (error instanceof DreamError && error.hint) || otherwise;
}
