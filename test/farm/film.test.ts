import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFarm, type TestFarm } from "../helpers/live-farm.ts";
import { noRedis } from "../helpers/redis.ts";

const still = `source: { noise: { seed: 3 } }
output: { file: still/, size: 64x36, fps: 8 }
duration: 12f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 2 }
feedback: { amount: 0 }
motion: { zoom: 1.2 }
`;
/** Each frame goes on from the one before: a chain of pieces. */
const zoom = still.replace("feedback: { amount: 0 }\n", "").replace("still/", "zoom/");

describe.skipIf(noRedis)("a film on the farm", { timeout: 180_000 }, () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm();
  });
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test.each([
    ["whose frames stand alone", "still", still],
    ["that feeds back", "zoom", zoom],
  ])("%s has the frames of one machine when two workers make it", async (_, name, text) => {
    const { film, pieces, missing, workers } = await farm.submit(text, name);
    expect(pieces).toBeGreaterThan(2);
    expect(missing).toBe(pieces);
    expect(workers).toBe(0);
    expect((await farm.status(film)).why).toMatch(/no worker runs/);
    const both = await Promise.all([farm.worker("atlas"), farm.worker("forge")]);
    const end = await farm.until(film, ({ state }) => state === "finished");
    expect(end.frames).toEqual({ total: 12, done: 12, dreaming: 0, waiting: 0, failed: 0 });
    const did = both.map(({ events }) => events.filter(({ type }) => type === "end").length);
    expect(did[0]! + did[1]!).toBe(pieces);
    expect(await farm.frames(film)).toEqual(await farm.alone(text));
    await Promise.all(both.map((worker) => worker.stop()));
    // The same film again has nothing to do.
    const again = await farm.submit(text, name);
    expect(again).toMatchObject({ missing: 0, film: { id: film.id } });
  });
});
