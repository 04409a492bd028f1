/** A cutting film and a sweep, made by workers that are killed and stopped, with a Redis that is killed. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dreamreel } from "../helpers/command.ts";
import {
  type FaultyFarm,
  startFaultyFarm,
  stepSizes,
  type WorkerCommand,
} from "../helpers/farm-faults.ts";
import { noRedis } from "../helpers/redis.ts";

describe.skipIf(noRedis)("a film and a sweep are one machine's", { timeout: 300_000 }, () => {
  let farm: FaultyFarm;
  let atlas: WorkerCommand;
  let forge: WorkerCommand;
  beforeAll(async () => {
    farm = await startFaultyFarm();
    [atlas, forge] = await Promise.all([farm.worker("atlas"), farm.worker("forge")]);
  }, 300_000);
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test("when two submit the same at once", async () => {
    const files = await farm.write("twice");
    const env = { REDIS_URL: farm.place.redis.url, DREAMREEL_SHARE: farm.place.share };
    const submit = (...args: string[]): ReturnType<typeof dreamreel> =>
      dreamreel(["farm", "submit", ...args, "--engine", "cpu", "--json"], {
        env,
        cwd: farm.folder,
      });
    const sweep = [files.still, "--set", `dream.stepSize=${stepSizes.join(",")}`];
    const outcomes = await Promise.all([
      ...[submit(files.film), submit(files.film)],
      ...[submit(...sweep), submit(...sweep)],
    ]);
    for (const { exitCode, stderr } of outcomes) expect([exitCode, stderr]).toEqual([0, ""]);
    const ids = outcomes.map(({ stdout }) => JSON.parse(stdout).id as string);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[3]).toBe(ids[2]);
    await farm.expectWhole(await farm.find(ids[0]!, ids[2]!));
  });

  test("when a worker is stopped alone past its lease, and goes on", async () => {
    const both = await farm.submit("stopped");
    await farm.stop(both, atlas, "parent");
    // The process that dreams for it goes on.
    await farm.finished(both);
    atlas.signal("SIGCONT", "parent");
    await farm.expectWhole(both);
  });

  test("when a worker is stopped with the process that dreams for it past its lease", async () => {
    const both = await farm.submit("frozen");
    await farm.stop(both, forge);
    await farm.finished(both);
    forge.signal("SIGCONT");
    await forge.says(/given up|frames in|done in/);
    await farm.expectWhole(both);
  });

  test("when Redis is killed with its journal and starts again", async () => {
    const both = await farm.submit("redis");
    await farm.frames(both.film, 5);
    await farm.server.kill();
    await Promise.all([atlas, forge].map((one) => one.says(/does not answer/)));
    await wait(500);
    await farm.server.start();
    await Promise.all([atlas, forge].map((one) => one.says(/Redis is back/)));
    await farm.expectWhole(both);
  });

  test("when both workers are killed one after the other, and another comes", async () => {
    const both = await farm.submit("killed");
    await farm.stop(both, atlas);
    atlas.signal("SIGKILL");
    const delta = farm.worker("delta");
    await farm.stop(both, forge, "parent");
    forge.signal("SIGKILL", "parent");
    await delta;
    await farm.expectWhole(both);
  });
});

describe.skipIf(noRedis)("a film and a sweep are one machine's", { timeout: 300_000 }, () => {
  test("when a Redis without a journal is killed, and forgets the queue", async () => {
    await using farm = await startFaultyFarm({ appendOnly: false });
    const workers = await Promise.all([farm.worker("atlas"), farm.worker("forge")]);
    for (const worker of workers) expect(worker.text()).toMatch(/keeps no append-only file/);
    const both = await farm.submit("forgotten");
    await farm.frames(both.film, 5);
    await farm.server.kill();
    await farm.server.start();
    await farm.expectWhole(both);
  });
});
