import type { Session } from "./engine.ts";

interface Entry<T> {
  readonly value: Promise<T>;
  /** Pieces of work that it is being used for. */
  users: number;
  /** Whether it left the cache meanwhile: the last user disposes it. */
  gone: boolean;
}

/** Compiled graphs that are kept. */
export const maxSessions = 48;

/**
 * Compiled graphs by key. Beyond `most` of them the one that was used longest ago is disposed. One that is in use never
 * is, whatever else is compiled meanwhile, and by whomever.
 */
export class SessionCache<T extends Pick<Session, "dispose"> = Session> {
  readonly #max: number;
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(max = maxSessions) {
    this.#max = max;
  }

  /** Do `work` with what was made for `key`, or with what `make` makes now; it is there until the work ends. */
  async use<R>(
    key: string,
    make: () => Promise<T>,
    work: (value: T) => Promise<R> | R,
  ): Promise<R> {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0, gone: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      const value = await entry.value.catch((error: unknown) => {
        // A failure is the caller's to handle, and may be tried again.
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      });
      await this.#dropOldest();
      return await work(value);
    } finally {
      entry.users--;
      if (entry.gone && entry.users === 0) await disposeOf(entry);
    }
  }

  /** Dispose all that is not in use; what is goes with its last user. */
  async dispose(): Promise<void> {
    const keys = [...this.#entries.keys()];
    for (const key of keys) await this.#drop(key);
  }

  async #dropOldest(): Promise<void> {
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

/** One that could not be made has nothing to dispose. */
async function disposeOf<T extends Pick<Session, "dispose">>({ value }: Entry<T>): Promise<void> {
  const made = await value.catch(() => undefined);
  await made?.dispose();
}
