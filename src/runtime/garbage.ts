import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isLarge } from "./engine.ts";

let collect: (() => void) | undefined;

/**
 * Where pictures are large, have what is let go of them collected now. V8 waits for more of it than is good where each is
 * 100 MB; a few milliseconds here keep several of them from being there at once.
 */
export function collectGarbage(height: number, width: number): void {
  if (!isLarge(height, width)) return;
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
