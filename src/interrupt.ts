/** Obeying an `AbortSignal`: `INTERRUPTED`, with the signal's reason as its cause. */
import { setImmediate as turn } from "node:timers/promises";
import { DreamError } from "./errors.ts";

/** Throws `INTERRUPTED` where `signal` has fired; `message` says what is kept of the work. */
export function throwIfInterrupted(signal: AbortSignal | undefined, message?: string): void {
  if (signal?.aborted) throw interrupted(signal, message);
}

/**
 * Let timers and input take their turn, then throw `INTERRUPTED` where `signal` has fired. Runtimes may compute without
 * a break for other events, in which a signal could fire. Does nothing without a signal.
 */
export async function interruptionPoint(signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return;
  throwIfInterrupted(signal);
  await turn();
  throwIfInterrupted(signal);
}

/**
 * The result of `work`, or `INTERRUPTED` as soon as `signal` fires. Work that cannot be stopped goes on, and what it
 * makes is given to `discard`.
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
    // A failure of its own has made nothing.
    if (signal.aborted) work.then(discard, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function interrupted({ reason }: AbortSignal, message = "interrupted"): DreamError {
  return new DreamError("INTERRUPTED", message, { cause: reason });
}
