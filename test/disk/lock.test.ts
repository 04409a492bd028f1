import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { takeLock, withLock } from "../../src/disk/lock.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe("a lock", () => {
  test("has one holder at a time, and leaves no file", async () => {
    const path = join(folder.path, "one");
    let inside = 0;
    const max: number[] = [];
    await Promise.all(
      Array.from({ length: 4 }, () =>
        withLock(path, async () => {
          max.push(++inside);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside--;
        }),
      ),
    );
    expect(max).toEqual([1, 1, 1, 1]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("of a living process is refused with its process id", async () => {
    const path = join(folder.path, "living");
    await writeFile(path, `${process.ppid} ${hostname()}`);
    expect(await takeLock(path)).toEqual({ pid: process.ppid, host: hostname(), owner: "" });
  });

  test("of another holder is waited for until a signal fires", async () => {
    const path = join(folder.path, "waited");
    await writeFile(path, `${process.ppid} ${hostname()}`);
    const signal = AbortSignal.timeout(50);
    const waiting = withLock(path, async () => "mine", signal);
    await expect(waiting).rejects.toMatchObject({
      code: "INTERRUPTED",
      cause: expect.any(DOMException),
    });
  });

  test("of another machine or container with the same host name is only taken over without a heartbeat", async () => {
    const path = join(folder.path, "namesake");
    // The highest process id of Linux, counted elsewhere.
    await writeFile(path, `4194304 ${hostname()} 0123456789ab@elsewhere forge`);
    const holder = { pid: 4194304, host: hostname(), owner: "forge" };
    expect(await takeLock(path, { staleMs: 60_000 })).toEqual(holder);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const lock = await takeLock(path, { staleMs: 200 });
    expect(lock).toHaveProperty("release");
    if ("release" in lock) await lock.release();
  });

  test.runIf(process.platform === "linux")("of a zombie process is taken over", async () => {
    const parent = spawn("sh", ["-c", "sh -c 'exit 0' & echo $!; exec sleep 30"]);
    const [text] = await once(parent.stdout, "data");
    // Wait until the child has ended and is a zombie.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const path = join(folder.path, "dead");
    await writeFile(path, `${String(text).trim()} ${hostname()}`);
    const lock = await takeLock(path);
    parent.kill();
    expect(lock).toHaveProperty("release");
    if ("release" in lock) await lock.release();
  });
});
