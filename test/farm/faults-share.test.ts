/** A cutting film and a sweep while the share is full, read-only or gone. The tests mount a small tmpfs, and are skipped if that is not allowed. */
import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type FaultyFarm,
  startFaultyFarm,
  until,
  type WorkerCommand,
} from "../helpers/farm-faults.ts";
import { mountable } from "../helpers/mount.ts";
import { noRedis } from "../helpers/redis.ts";

const runs = !noRedis && mountable;

describe.runIf(runs)("a film and a sweep are one machine's", { timeout: 300_000 }, () => {
  let farm: FaultyFarm;
  let workers: WorkerCommand[];
  const kept = (): string => join(farm.folder, "kept");
  const filler = (): string => join(farm.place.share, "filler");
  const all = (pattern: RegExp): Promise<unknown> =>
    Promise.all(workers.map((worker) => worker.says(pattern)));

  beforeAll(async () => {
    farm = await startFaultyFarm();
    await execa("mount", ["-t", "tmpfs", "-o", "size=24m", "none", farm.place.share]);
    workers = await Promise.all([farm.worker("atlas"), farm.worker("forge")]);
  }, 300_000);
  afterAll(async () => {
    for (const { signal } of workers ?? []) signal("SIGKILL");
    for (const place of [farm?.place.share, farm && kept()])
      if (place) await execa("umount", ["-l", place], { reject: false });
    await farm?.[Symbol.asyncDispose]();
  });

  test("when the share is full, and has room again", async () => {
    const both = await farm.submit("full");
    await farm.frames(both.film, 4);
    const { bavail, bsize } = await statfs(farm.place.share);
    // The workers may take the last space first.
    await writeFile(filler(), Buffer.alloc(bavail * bsize)).catch(() => {});
    await all(/no space left on the disk/);
    await rm(filler());
    await farm.expectWhole(both);
  });

  test("when the share is read-only, and can be written again", async () => {
    const both = await farm.submit("readonly");
    await farm.frames(both.film, 4);
    // Refused while a file is being written.
    const remount = (how: string) => async (): Promise<boolean> =>
      !(await execa("mount", ["-o", `remount,${how}`, farm.place.share], { reject: false })).failed;
    await until("the share to be read-only", remount("ro"));
    await all(/read-only/);
    await until("the share to be writable", remount("rw"));
    await farm.expectWhole(both);
  });

  test("when the share is gone, and back", async () => {
    const both = await farm.submit("gone");
    await farm.frames(both.film, 4);
    await mkdir(kept());
    await execa("mount", ["--bind", farm.place.share, kept()]);
    await execa("umount", ["-l", farm.place.share]);
    await all(/the share does not work|handed back/);
    // Nothing is made up where it was mounted.
    await wait(3000);
    const made = await readdir(farm.place.share);
    await execa("mount", ["--bind", kept(), farm.place.share]);
    await execa("umount", ["-l", kept()]);
    expect(made).toEqual([]);
    await farm.expectWhole(both);
  });
});
