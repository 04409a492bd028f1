import type { Session } from "./engine.ts";

interface Entry<T> {
  readonly value: Promise<T>;
  /** Number of operations that use it now. */
  users: number;
  /** Whether the cache has evicted it: its last user then disposes it. */
  gone: boolean;
}

/** Most compiled graphs in the cache. */
export const maxSessions = 48;

/**
 * Compiled graphs by key. The least recently used graphs beyond `max` are disposed. A graph in use is never disposed,
 * whatever is compiled in the meantime.
 */
export class SessionCache<T extends Pick<Session, "dispose"> = Session> {
  #max: number;
  /** In order of last use. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(max = maxSessions) {
    this.#max = max;
  }

  /** Keep at most `max` graphs from now on. */
  limit(max: number): void {
    this.#max = max;
  }

  /**
   * Run `work` with the cached value for `key`, or with a new one from `make`. The value stays valid until `work`
   * ends.
   */
  async use<R>(
    key: string,
    make: () => Promise<T>,
    work: (value: T) => Promise<R> | R,
  ): Promise<R> {
    const known = this.#entries.get(key);
    const entry = known ?? { value: this.#makeRoom().then(make), users: 0, gone: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      const value = await entry.value.catch((error: unknown) => {
        // The caller handles the failure; the next call tries again.
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      });
      return await work(value);
    } finally {
      entry.users--;
      if (entry.gone && entry.users === 0) await disposeOf(entry);
    }
  }

  /** Dispose all values that are not in use; the others are disposed after their last use. */
  async dispose(): Promise<void> {
    const keys = [...this.#entries.keys()];
    for (const key of keys) await this.#drop(key);
  }

  /** Dispose the oldest graphs beyond the limit, before another is compiled: both would not always fit in memory. */
  async #makeRoom(): Promise<void> {
    // The entry of the new graph is added meanwhile.
    await undefined;
    for (const [key, { users }] of this.#entries) {
      if (this.#entries.size <= this.#max) return;
      if (users === 0) await this.#drop(key);
    }
  }

  async #drop(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    entry.gone = true;
    if (entry.users === 0) await disposeOf(entry);
  }
}

/** A value that failed to build has nothing to dispose. */
async function disposeOf<T extends Pick<Session, "dispose">>({ value }: Entry<T>): Promise<void> {
  const made = await value.catch(() => undefined);
  await made?.dispose();
}
