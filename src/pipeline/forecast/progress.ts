/** Progress and forecast of a render. */

export interface RenderProgress {
  /** Frames done and total, of those rendered in this run. */
  readonly done: number;
  readonly total: number;
  /** Mean of the latest frames. */
  readonly secondsPerFrame: number;
  readonly secondsLeft: number;
}

/**
 * Reports the progress of one picture, given the pixels of each step: octaves grow, so the remaining time is
 * predicted from pixels. Call the returned function after every step.
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

/** Predicted cost of a render, based on its first frames. */
export interface RenderForecast {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/**
 * Reports the progress of frames, `atOnce` of which are rendered in parallel. `onForecast` is called once, after
 * `every` more frames of each, because the first ones include compilation; only every so many frames is dreamed.
 */
export function progressMeter(
  total: number,
  atOnce: number,
  onProgress?: (progress: RenderProgress) => void,
  onForecast?: (secondsLeft: number) => void,
  every = 1,
): { step(): void; done(): number } {
  const times: number[] = [performance.now()];
  return {
    step() {
      times.push(performance.now());
      const recent = times.slice(
        times.length > 2 * atOnce ? Math.max(atOnce, times.length - 1 - 10 * every) : 0,
      );
      const secondsPerFrame = (recent.at(-1)! - recent[0]!) / 1000 / (recent.length - 1);
      const done = times.length - 1;
      // A source may be longer than its container states.
      const all = Math.max(done, total);
      const secondsLeft = (all - done) * secondsPerFrame;
      onProgress?.({ done, total: all, secondsPerFrame, secondsLeft });
      if (done === (1 + every) * atOnce) onForecast?.(secondsLeft);
    },
    done: () => times.length - 1,
  };
}
