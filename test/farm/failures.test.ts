import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeFilm } from "../../src/farm/change.ts";
import { failureLogs } from "../../src/farm/film-logs.ts";
import { stateOf } from "../../src/farm/pieces/pieces.ts";
import { announce, type LiveWorker, liveWorkers } from "../../src/farm/queue/live.ts";
import type { FarmFilm } from "../../src/farm/share/film.ts";
import { writeImage } from "../../src/image/image.ts";
import { startFarm, type TestFarm } from "../helpers/live-farm.ts";
import { randomFrame } from "../helpers/network.ts";
import { noRedis } from "../helpers/redis.ts";

const scene = (photo: string): string => `source: { image: ${photo} }
output: { file: film/, size: 64x36, fps: 8 }
duration: 12f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 2 }
feedback: { amount: 0 }
motion: { zoom: 1.2 }
`;

describe.skipIf(noRedis)("pieces that fail", { timeout: 180_000 }, () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm();
  });
  afterAll(() => farm?.[Symbol.asyncDispose]());

  /** A film whose photo is missing in the share. */
  const broken = async (name: string): Promise<FarmFilm> => {
    await writeImage(randomFrame(name.length, 36, 64), join(farm.folder, `${name}.png`));
    const { film } = await farm.submit(scene(`${name}.png`), name);
    for (const { path } of film.inputs)
      await rm(join(farm.place.share, "dreamreel/inputs", path), { force: true });
    return film;
  };

  test("on three machines stop the film, with all three logs, and are tried again on request", async () => {
    const film = await broken("three");
    const machines = ["atlas", "delta", "forge"];
    const workers = await Promise.all(machines.map((name) => farm.worker(name)));
    const failed = await farm.until(film, ({ state }) => state === "failed");
    expect(failed.frames.failed).toBeGreaterThan(0);
    await farm.with(async ({ share }) => {
      const logs = await failureLogs(share, film, await stateOf(share, film));
      for (const machine of machines)
        expect(
          logs.some(({ name }) => name.includes(machine)),
          machine,
        ).toBe(true);
      for (const { text } of logs) expect(text).toMatch(/FILE_NOT_FOUND/);
      expect(await readdir(join(share.root, "films", film.id, "leases"))).toEqual([]);
    });
    // The photo is back.
    await farm.submit(scene("three.png"), "three");
    await farm.until(film, ({ state }) => state === "finished");
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  test("on the only machine stop the film after three tries", async () => {
    const film = await broken("single");
    const worker = await farm.worker("atlas");
    const failed = await farm.until(film, ({ state }) => state === "failed");
    expect(failed.failures.filter(({ worker: name }) => name === worker.id).length).toBeGreaterThan(
      2,
    );
    // Other films go on: the machine is not to blame.
    const { film: good } = await farm.submit(scene("x").replace("image: x", "noise: {}"), "good");
    await farm.until(good, ({ state }) => state === "finished");
    await worker.stop();
  });

  test("that another machine could do set the machine aside, until it is forgiven", async () => {
    const worker = await farm.worker("atlas");
    const self = (): Promise<LiveWorker> =>
      farm.with(
        async ({ redis }) => (await liveWorkers(redis)).find(({ id }) => id === worker.id)!,
      );
    // A machine like it that is busy.
    const delta = { ...(await self()), id: "delta-1", machine: "delta", pieces: [] };
    const state = async (wanted: string): Promise<void> => {
      while ((await self()).state !== wanted) {
        await farm.with(({ redis }) => announce(redis, delta));
        await wait(200);
      }
    };
    await state("ready");
    await farm.with(({ redis }) => announce(redis, delta));
    const film = await broken("aside");
    await state("set aside");
    expect((await self()).why).toMatch(/it failed 3 pieces/);
    const { failures } = await farm.status(film);
    expect(failures).toHaveLength(3);
    const kept = join(farm.place.share, "dreamreel/workers", `${worker.id}.json`);
    expect(JSON.parse(await readFile(kept, "utf8"))).toMatchObject({ state: "set aside" });
    await farm.with((open) => changeFilm(open, film.id, "cancel"));
    const { film: good } = await farm.submit(scene("x").replace("image: x", "noise: {}"), "well");
    await farm.with((open) => changeFilm(open, good.id, "retry"));
    await farm.until(good, ({ state: word }) => word === "finished");
    await worker.stop();
  });
});
