import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isLarge } from "./engine.ts";

let collect: (() => void) | undefined;
let isOwner = false;

/** Let `collectGarbage` change V8's flags, which belong to the whole process: only its owner, the command line, may. */
export function allowForcedCollection(): void {
  isOwner = true;
}

/**
 * Collect garbage now if pictures are large. V8 delays collection too long for buffers of 100 MB each; a few
 * milliseconds here prevent several of them from staying in memory at once.
 */
export function collectGarbage(height: number, width: number): void {
  if (!isLarge(height, width)) return;
  collect ??= isOwner ? exposedCollector() : globalThis.gc;
  collect?.();
}

function exposedCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
