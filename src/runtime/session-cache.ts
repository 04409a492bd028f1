import type { Session } from "./engine.ts";

/** Compiled graphs by key. Beyond `most` of them the one that was used longest ago is disposed. */
export class SessionCache<T extends Pick<Session, "dispose"> = Session> {
  readonly #most: number;
  /** In the order of last use. */
  readonly #values = new Map<string, Promise<T>>();

  constructor(most = 48) {
    this.#most = most;
  }

  /** What was made for `key`, or what `make` makes now. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    const value = known ?? make();
    // A failure is the caller's to handle, and may be tried again.
    if (!known) value.catch(() => this.#values.delete(key));
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values;
    if (oldest && this.#values.size > this.#most) {
      this.#values.delete(oldest[0]);
      void oldest[1].then((session) => session.dispose());
    }
    return value;
  }

  async dispose(): Promise<void> {
    const values = [...this.#values.values()];
    this.#values.clear();
    for (const value of values) await (await value).dispose();
  }
}
