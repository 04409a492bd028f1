import { describe, expect, test } from "vitest";
import { startFarm } from "../helpers/live-farm.ts";
import { noRedis } from "../helpers/redis.ts";

const scene = `source: { noise: { seed: 8 } }
output: { file: film/, size: 64x36, fps: 8 }
duration: 10f
dream: { layers: { patterns1: 1 }, octaves: 2, iterations: 24 }
motion: { zoom: 1.2 }
`;

describe.skipIf(noRedis)("a Redis that is killed and started again", { timeout: 180_000 }, () => {
  test.each([
    ["with its journal", true],
    ["without one, so that the queue is forgotten", false],
  ])("%s costs no frame: the worker goes on", async (_, appendOnly) => {
    await using farm = await startFarm({ appendOnly });
    const { film } = await farm.submit(scene, "film");
    const worker = await farm.worker("atlas");
    await farm.until(film, ({ frames }) => frames.done > 1);
    await farm.server.kill();
    await farm.server.start();
    const end = await farm.until(film, ({ state }) => state === "finished");
    expect(end.frames.done).toBe(10);
    const notes = worker.events.flatMap((event) => (event.type === "note" ? [event.message] : []));
    expect(notes).toContain("Redis is back");
    expect(await farm.frames(film)).toEqual(await farm.alone(scene));
  });

  test("forgets a queue that nobody works on, and the next worker fills it from the share", async () => {
    await using farm = await startFarm({ appendOnly: false });
    const { film } = await farm.submit(scene, "film");
    await farm.server.kill();
    await farm.server.start();
    await farm.worker("atlas");
    await farm.until(film, ({ state }) => state === "finished");
  });
});
