import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFarm, type TestFarm } from "../helpers/live-farm.ts";
import { noRedis } from "../helpers/redis.ts";

const text = `source: { noise: { seed: 3 } }
output: { file: still/, size: 64x36, fps: 8 }
duration: 6f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
feedback: { amount: 0 }
`;

describe.skipIf(noRedis)("a film that is submitted again", { timeout: 120_000 }, () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm();
  });
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test("has the priority and tags of the last time, and says so", async () => {
    const first = await farm.submit(text, "film");
    const notices: string[] = [];
    const again = await farm.submit(text, "film", {
      ...{ priority: 5, tags: ["gpu"], onNotice: (notice) => notices.push(notice) },
    });
    expect(again.film.id).toBe(first.film.id);
    expect(notices).toContainEqual(
      "the film is in the share; it had priority 0 and no tag, and has priority 5 and tag gpu now",
    );
    expect(await farm.status(again.film)).toMatchObject({ priority: 5, tags: ["gpu"] });

    const plain = await farm.worker("atlas");
    const tagged = await farm.worker("forge", { tags: ["gpu"] });
    await farm.until(again.film, ({ state }) => state === "finished");
    expect(plain.events.filter(({ type }) => type === "end")).toEqual([]);
    expect(tagged.events.filter(({ type }) => type === "end")).toHaveLength(again.pieces);

    notices.length = 0;
    const same = { priority: 5, tags: ["gpu"], onNotice: (notice: string) => notices.push(notice) };
    await farm.submit(text, "film", same);
    expect(notices).toEqual([]);
    await plain.stop();
    await tagged.stop();
  });

  test("has them for what its workers find next, too", async () => {
    const chain = text.replace("6f", "24f").replace("feedback: { amount: 0 }\n", "");
    const tagged = await farm.worker("delta", { tags: ["gpu"] });
    const { film } = await farm.submit(chain, "chain");
    await farm.until(film, ({ frames }) => frames.done > 0);
    const again = await farm.submit(chain, "chain", { tags: ["gpu"] });
    expect(again.missing).toBeGreaterThan(1);
    const plain = await farm.worker("echo");
    await farm.until(film, ({ state }) => state === "finished");
    expect(plain.events.filter(({ type }) => type === "end")).toEqual([]);
    expect(tagged.events.filter(({ type }) => type === "end")).toHaveLength(again.pieces);
  });
});
