/** How far a render is, and what it is going to take. */

export interface RenderProgress {
  /** Frames done and to do, of those that are dreamed in this run. */
  readonly done: number;
  readonly total: number;
  /** Mean over the last frames. */
  readonly secondsPerFrame: number;
  readonly secondsLeft: number;
}

/**
 * Counts the steps of one picture, given the pixels that each is made on: what is left is predicted by them, since octaves
 * grow. Call what it returns after every step.
 */
export function stepMeter(
  areas: readonly number[],
  onProgress: (progress: RenderProgress) => void,
): () => void {
  const started = performance.now();
  const total = areas.length;
  let done = 0;
  let pixels = 0;
  const all = areas.reduce((sum, area) => sum + area, 0);
  return () => {
    pixels += areas[done] ?? 0;
    done = Math.min(done + 1, total);
    const seconds = (performance.now() - started) / 1000;
    const secondsLeft = pixels > 0 ? (seconds * (all - pixels)) / pixels : 0;
    onProgress({ done, total, secondsPerFrame: seconds / done, secondsLeft });
  };
}

/** What a render is going to take, from its first frames. */
export interface RenderForecast {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/**
 * Counts dreamed frames, of which `atOnce` are dreamed at once. `onForecast` is told the seconds left once, after as many again: the
 * first include compiling.
 */
export function progressMeter(
  total: number,
  atOnce: number,
  onProgress?: (progress: RenderProgress) => void,
  onForecast?: (secondsLeft: number) => void,
): { step(): void; done(): number } {
  const times: number[] = [performance.now()];
  return {
    step() {
      times.push(performance.now());
      const recent = times.slice(
        times.length > 2 * atOnce ? Math.max(atOnce, times.length - 11) : 0,
      );
      const secondsPerFrame = (recent.at(-1)! - recent[0]!) / 1000 / (recent.length - 1);
      const done = times.length - 1;
      // A source may be longer than its container says.
      const all = Math.max(done, total);
      const secondsLeft = (all - done) * secondsPerFrame;
      onProgress?.({ done, total: all, secondsPerFrame, secondsLeft });
      if (done === 2 * atOnce) onForecast?.(secondsLeft);
    },
    done: () => times.length - 1,
  };
}
