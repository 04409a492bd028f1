/** What has been found in sounds, for renders that are prepared one after the other: each file is decoded once. */
export class SoundMemory {
  readonly #known = new Map<string, Promise<unknown>>();

  /** The result of `find` for a key of the file and of all that the result depends on. A failure is forgotten. */
  once<T>(key: string, find: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) as Promise<T> | undefined;
    if (known) return known;
    const found = find();
    this.#known.set(key, found);
    found.catch(() => this.#known.delete(key));
    return found;
  }

  /** Files have changed. */
  clear(): void {
    this.#known.clear();
  }
}
