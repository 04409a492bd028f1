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
 * Where pictures are large, have what is let go of them collected now, if this process has a way to: `--expose-gc`, or
 * `allowForcedCollection`. V8 waits for more of it than is good where each is 100 MB; a few milliseconds here keep
 * several of them from being there at once.
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
