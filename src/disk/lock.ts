import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { throwIfInterrupted, unlessInterrupted } from "../interrupt.ts";

/** The holder of a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/** Time without a heartbeat, on this process's clock, after which the lock of another machine is taken over. */
const staleMs = 12_000;
const heartbeatMs = 5_000;
const pollMs = 200;

/** Lock files that this process holds. A file with the same process id may be left over from an earlier process. */
const held = new Set<string>();

/**
 * Wait for the lock file `path`, then run `work` while holding it. The lock of a process that has died is taken over: at
 * once if the process ran on this machine, else after `staleMs` without a heartbeat. Throws `INTERRUPTED` if `signal`
 * fires during the wait.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    throwIfInterrupted(signal);
    const lock = await unlessInterrupted(signal, takeLock(path), (late) =>
      "release" in late ? late.release() : undefined,
    );
    if (!("release" in lock)) {
      await wait(pollMs);
      continue;
    }
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}

/** Take the lock file `path`, or return its holder. The caller releases the lock. */
export async function takeLock(path: string): Promise<{ release(): Promise<void> } | LockHolder> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await create(path))) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const [pid = "", host = ""] = text.split(" ");
    if (!(await isStale(path, Number(pid), host))) return { pid: Number(pid), host };
    await takeAway(path, text);
  }
  held.add(path);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, heartbeatMs);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      await rm(path, { force: true });
      held.delete(path);
    },
  };
}

async function create(path: string): Promise<boolean> {
  const handle = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(`${process.pid} ${hostname()}`);
    return true;
  } catch (error) {
    // On a full disk, the file may be created but not written; it would be a lock without a holder.
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function isStale(path: string, pid: number, host: string): Promise<boolean> {
  if (held.has(path)) return false;
  if (host === hostname()) return pid === process.pid || !(await isAlive(pid));
  const touched = await touchedAt(path);
  if (touched === undefined) return false;
  // Clocks jump and differ between machines, so a lock that looks old is watched by this process's clock.
  if (Math.abs(Date.now() - touched) < staleMs) return false;
  const started = performance.now();
  while (performance.now() - started < staleMs) {
    await wait(pollMs);
    if ((await touchedAt(path)) !== touched) return false;
  }
  return true;
}

function touchedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** Remove a stale lock file, unless another process has just replaced it. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, "utf8")) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // A zombie, such as in a container without an init process, still accepts signals.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) Z /.test(stat);
}
