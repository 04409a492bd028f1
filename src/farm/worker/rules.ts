/** When a piece stops its film, and when a machine is set aside. */
import type { PieceFailure } from "../share/film.ts";

/** Failures of a piece that stop its film, and pieces that a machine may fail. */
const most = 3;
/** Time for which failures of a machine count, ms. */
const memoryMs = 3_600_000;

/**
 * Whether a piece stops its film: it failed on three machines, or three times and `others`, the machines that could do it,
 * have all failed it.
 */
export function stopsFilm(failures: readonly PieceFailure[], others: readonly string[]): boolean {
  const failed = new Set(failures.map(({ host }) => host));
  if (failed.size >= most) return true;
  return failures.length >= most && others.every((machine) => failed.has(machine));
}

/**
 * Pause before a piece is tried again, and before a machine that failed takes another: `firstMs`, by default 5 s, then twice
 * as long each time, up to 120 s.
 */
export function backoffMs(failures: number, firstMs = 5000): number {
  return Math.min(120_000, firstMs * 2 ** (failures - 1));
}

/** The pieces that this machine has failed. */
export class MachineFailures {
  readonly #pieces = new Map<string, { readonly film: string; readonly at: number }>();
  readonly #now: () => number;

  /** `now` in ms; tests replace it. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns how many pieces it has failed lately, this one included. */
  add(film: string, key: string): number {
    const now = this.#now();
    this.#pieces.set(key, { film, at: now });
    for (const [old, { at }] of this.#pieces) if (now - at > memoryMs) this.#pieces.delete(old);
    return this.#pieces.size;
  }

  /** Whether the machine is set aside. */
  get areTooMany(): boolean {
    return this.#pieces.size >= most;
  }

  get keys(): string[] {
    return [...this.#pieces.keys()];
  }

  /** A film was stopped: other machines failed its pieces too, so it is not this one's fault. */
  forgetFilm(film: string): void {
    for (const [key, failure] of this.#pieces) if (failure.film === film) this.#pieces.delete(key);
  }

  clear(): void {
    this.#pieces.clear();
  }
}
