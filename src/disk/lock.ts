import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { throwIfInterrupted, unlessInterrupted } from "../interrupt.ts";
import { isAlive, pidSpace } from "./process-id.ts";

/** The holder of a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** What the holder calls itself; empty for a lock without an owner. */
  readonly owner: string;
}

export interface Lock {
  /** Fires when the lock is lost: another process has taken it over, or may have, as no heartbeat could be written. */
  readonly lost: AbortSignal;
  /** Give it back, unless it is lost. */
  release(): Promise<void>;
}

export interface LockOptions {
  readonly owner?: string;
  readonly heartbeatMs?: number;
  /** Time without a heartbeat, on the clock of the process that wants it, after which a lock is taken over. */
  readonly staleMs?: number;
  /**
   * Whether it is a lease: a living process of this machine loses it too if its heartbeat stops, and any process if it
   * cannot write its heartbeat. Otherwise a stopped process keeps the locks of its own machine.
   */
  readonly expires?: boolean;
}

const pollMs = 200;

/** Lock files that this process holds. A file with the same process id may be left over from an earlier process. */
const held = new Set<string>();

/**
 * Wait for the lock file `path`, then run `work` while holding it. The lock of a process that has died is taken over: at
 * once if the process ran on this machine, else after 12 s without a heartbeat. Throws `INTERRUPTED` if `signal` fires
 * during the wait.
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

/**
 * Take the lock file `path`, or return its holder. The caller releases the lock. On a share, network file systems included:
 * the file is created exclusively, and nothing depends on clocks of other machines. The folder of a lease has to exist.
 */
export async function takeLock(
  path: string,
  { owner = "", heartbeatMs = 5_000, staleMs = 12_000, expires = false }: LockOptions = {},
): Promise<Lock | LockHolder> {
  if (!expires) await mkdir(dirname(path), { recursive: true });
  const space = await pidSpace();
  const tag = `${randomBytes(6).toString("hex")}@${space}`;
  const own = `${process.pid} ${hostname()} ${tag} ${owner}`.trim();
  while (!(await create(path, own))) {
    const text = await readText(path);
    if (text === undefined) continue;
    const [pid = "", host = "", theirs = "", ...rest] = text.split(" ");
    const holder = { pid: Number(pid), host, owner: rest.join(" ") };
    // Machines and containers may have the same host name.
    const isNear = host === hostname() && (theirs.split("@")[1] ?? space) === space;
    if (!(await isStale(path, { pid: isNear ? holder.pid : undefined, staleMs, expires })))
      return holder;
    await takeAway(path, text);
  }
  held.add(path);
  return keep(path, own, { heartbeatMs, staleMs, expires });
}

/** Write heartbeats until the lock is released or lost. */
function keep(
  path: string,
  own: string,
  { heartbeatMs, staleMs, expires }: Required<Omit<LockOptions, "owner">>,
): Lock {
  const loss = new AbortController();
  let beaten = performance.now();
  let beating = false;
  const end = (): void => {
    clearInterval(heartbeat);
    held.delete(path);
  };
  const lose = (why: string): void => {
    end();
    loss.abort(new Error(why));
  };
  const beat = async (): Promise<void> => {
    let text = await readText(path);
    // Without its folder the whole share is gone, and may come back.
    if (text === undefined && (await exists(dirname(path)))) text = (await readText(path)) ?? "";
    if (loss.signal.aborted) return;
    if (text !== undefined && text !== own) return lose("another process has taken it over");
    const now = new Date();
    await utimes(path, now, now);
    beaten = performance.now();
  };
  const tick = (): void => {
    const since = performance.now() - beaten;
    if (!beating) {
      beating = true;
      beat()
        .catch(() => {
          if (expires && performance.now() - beaten > staleMs)
            lose("no heartbeat could be written");
        })
        .finally(() => {
          beating = false;
        });
    } else if (expires && since > staleMs) lose("the heartbeat hangs");
  };
  const heartbeat = setInterval(tick, heartbeatMs);
  heartbeat.unref();
  return {
    lost: loss.signal,
    async release() {
      end();
      if (!loss.signal.aborted && (await readText(path)) === own) await rm(path, { force: true });
    },
  };
}

async function create(path: string, own: string): Promise<boolean> {
  const handle = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(own);
    return true;
  } catch (error) {
    // On a full disk, the file may be created but not written; it would be a lock without a holder.
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

interface Holding {
  /** Undefined if this process cannot see the holder. */
  readonly pid: number | undefined;
  readonly staleMs: number;
  readonly expires: boolean;
}

async function isStale(path: string, { pid, staleMs, expires }: Holding): Promise<boolean> {
  if (held.has(path)) return false;
  if (pid !== undefined) {
    if (pid === process.pid || !(await isAlive(pid))) return true;
    if (!expires) return false;
  }
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

/** Time of the last heartbeat. Opening the file makes a network file system ask its server. */
async function touchedAt(path: string): Promise<number | undefined> {
  const handle = await open(path, "r").catch(() => undefined);
  try {
    return (await handle?.stat())?.mtimeMs;
  } finally {
    await handle?.close();
  }
}

/** Remove a stale lock file, unless another process has just replaced it. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString("hex")}.stale`;
  try {
    await rename(path, aside);
    // Should a third process have it by now, the one whose lock this was learns that from its heartbeat.
    if ((await readText(aside)) !== text) await putBack(aside, path);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function putBack(aside: string, path: string): Promise<void> {
  await link(aside, path).catch(async (error: NodeJS.ErrnoException) => {
    // Some file systems have no links.
    if (error.code !== "EEXIST") await rename(aside, path);
  });
}

/** Undefined where there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}
