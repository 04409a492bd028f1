/** Handles `AbortSignal`s: work throws `INTERRUPTED`, with the signal's reason as its cause. */
import { setImmediate as turn } from "node:timers/promises";
import { DreamError } from "./errors.ts";

/** Throws `INTERRUPTED` with `message` if `signal` has fired. */
export function throwIfInterrupted(signal: AbortSignal | undefined, message?: string): void {
  if (signal?.aborted) throw interrupted(signal, message);
}

/**
 * Run pending timers and events, then throw `INTERRUPTED` if `signal` has fired. This is needed where a runtime computes on
 * this thread and a signal could not fire otherwise. Does nothing without a signal.
 */
export async function interruptionPoint(signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return;
  throwIfInterrupted(signal);
  await turn();
  throwIfInterrupted(signal);
}

/**
 * Wait for `work`. Throws `INTERRUPTED` as soon as `signal` fires; then the work continues, and `discard` receives its
 * result.
 */
export async function unlessInterrupted<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
  discard?: (made: T) => unknown,
): Promise<T> {
  if (!signal) return work;
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(interrupted(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([stopped, work]);
  } catch (error) {
    // Work that fails has no result to discard.
    if (signal.aborted) work.then(discard, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function interrupted({ reason }: AbortSignal, message = "interrupted"): DreamError {
  return new DreamError("INTERRUPTED", message, { cause: reason });
}
