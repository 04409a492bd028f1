/** Films that are paused, cancelled and overtaken, and workers that end. */
import { readdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { changeFilm } from "../../src/farm/change.ts";
import type { FarmFilm } from "../../src/farm/share/film.ts";
import { filmPath } from "../../src/farm/share/films.ts";
import { startFarm, type TestFarm, type TestWorker } from "../helpers/live-farm.ts";
import { noRedis } from "../helpers/redis.ts";

/** Each frame is made from the one before, and takes long enough for a loaded machine to see the film half done. */
const scene = (seed: number, frames = 30): string => `source: { noise: { seed: ${seed} } }
output: { file: film/, size: 64x36, fps: 8 }
duration: ${frames}f
dream: { layers: { patterns1: 1 }, octaves: 2, iterations: 30 }
motion: { zoom: 1.2 }
`;

describe.skipIf(noRedis)("on the farm", { timeout: 180_000 }, () => {
  let farm: TestFarm;
  const workers: TestWorker[] = [];
  const worker = async (name: string): Promise<TestWorker> => {
    const own = await farm.worker(name);
    workers.push(own);
    return own;
  };
  const leases = (film: FarmFilm): Promise<string[]> =>
    farm.with(({ share }) => readdir(filmPath(share, film, "leases")));
  /** Wait until nobody has a piece of the film. */
  const stopsSoon = async (film: FarmFilm): Promise<void> => {
    const began = performance.now();
    while ((await leases(film)).length > 0) await wait(50);
    expect(performance.now() - began).toBeLessThan(10_000);
  };
  const change = (film: FarmFilm, what: Parameters<typeof changeFilm>[2]): Promise<unknown> =>
    farm.with((open) => changeFilm(open, film.id, what));

  beforeAll(async () => {
    farm = await startFarm();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((one) => one.stop()));
  });
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test("a paused film stops within seconds and goes on where it was, with the same frames", async () => {
    const { film } = await farm.submit(scene(1, 12), "paused");
    await worker("atlas");
    await farm.until(film, ({ frames }) => frames.done > 2);
    await change(film, "pause");
    await stopsSoon(film);
    const paused = await farm.until(film, ({ state }) => state === "paused");
    expect(paused.frames.done).toBeLessThan(12);
    await wait(1000);
    expect((await farm.status(film)).frames.done).toBe(paused.frames.done);
    await change(film, "resume");
    await farm.until(film, ({ state }) => state === "finished");
    expect(await farm.frames(film)).toEqual(await farm.alone(scene(1, 12)));
  });

  test("a cancelled film stops within seconds, and its frames are kept for a retry", async () => {
    const { film } = await farm.submit(scene(2), "cancelled");
    await worker("atlas");
    await farm.until(film, ({ frames }) => frames.done > 1);
    await change(film, "cancel");
    await stopsSoon(film);
    const cancelled = await farm.status(film);
    expect(cancelled).toMatchObject({ state: "cancelled" });
    expect(cancelled.frames.done).toBeGreaterThan(1);
    await change(film, "retry");
    await farm.until(film, ({ frames }) => frames.done > cancelled.frames.done);
    await change(film, "cancel");
  });

  test("a film of a higher priority comes first, and the other goes on after it", async () => {
    const low = await farm.submit(scene(3, 12), "low");
    await worker("atlas");
    await farm.until(low.film, ({ frames }) => frames.done > 0);
    const high = await farm.submit(scene(4, 4), "high", { priority: 5 });
    await farm.until(high.film, ({ state }) => state === "finished");
    const { state, frames } = await farm.status(low.film);
    expect(state).not.toBe("finished");
    expect(frames.done).toBeLessThan(12);
    await farm.until(low.film, ({ state }) => state === "finished");
  });

  test("a worker that is told to end hands its piece back at once", async () => {
    // One piece has all frames: the worker is in the midst of it while the film is unfinished.
    const { film } = await farm.submit(scene(5, 12), "ended", { secondsPerMegapixel: 1 });
    const first = await farm.workerProcess("atlas");
    await farm.until(film, ({ frames }) => frames.done > 0);
    const began = performance.now();
    expect(await first.end("SIGTERM")).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(first.events.at(-1)).toMatchObject({
      type: "end",
      why: expect.stringContaining("the worker ends"),
    });
    expect(await leases(film)).toEqual([]);
    const done = (await farm.status(film)).frames.done;
    expect(done).toBeLessThan(12);
    const second = await worker("forge");
    await farm.until(film, ({ state }) => state === "finished");
    expect(second.events[0]).toMatchObject({ type: "begin" });
    expect(await farm.frames(film)).toEqual(await farm.alone(scene(5, 12)));
  });

  test("the piece of a killed worker is taken over from its last frame", async () => {
    const { film } = await farm.submit(scene(6, 12), "killed");
    const first = await farm.workerProcess("atlas");
    await farm.until(film, ({ frames }) => frames.done > 1);
    // Before the other one is there, which may take longer than the rest of the film.
    await first.end("SIGKILL");
    const second = await worker("forge");
    await farm.until(film, ({ state }) => state === "finished");
    expect(second.events.some(({ type }) => type === "end")).toBe(true);
    expect(await leases(film)).toEqual([]);
    expect(await farm.frames(film)).toEqual(await farm.alone(scene(6, 12)));
  });
});
