import { afterEach, expect, test, vi } from "vitest";
import { progressMeter, type RenderProgress } from "../../../src/pipeline/forecast/progress.ts";

afterEach(() => void vi.useRealTimers());

test.each([1, 3])(
  "the remaining time is estimated without the first %i frames, which compile",
  (atOnce) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const told: RenderProgress[] = [];
    const forecasts: number[] = [];
    const meter = progressMeter(
      20,
      atOnce,
      (progress) => told.push(progress),
      (seconds) => forecasts.push(seconds),
    );
    vi.advanceTimersByTime(60_000);
    for (let i = 0; i < 2 * atOnce; i++) {
      expect(forecasts).toEqual([]);
      if (i >= atOnce) vi.advanceTimersByTime(2000);
      meter.step();
    }
    expect(told[0]!.secondsPerFrame).toBe(60);
    expect(told.at(-1)!.secondsPerFrame).toBe(2);
    expect(forecasts).toEqual([2 * (20 - 2 * atOnce)]);
  },
);
