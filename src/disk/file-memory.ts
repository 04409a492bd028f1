import { stat } from "node:fs/promises";

/** Most files that are remembered. */
const mostFiles = 500;

/** What was found in files, kept as long as each file stays as it is. Failures are not kept. */
export class FileMemory<T> {
  readonly #found = new Map<string, Promise<T>>();
  readonly #isLasting: (found: T) => boolean;

  /** What `isLasting` refuses, such as the result of a slow disk, is read again the next time. */
  constructor(isLasting: (found: T) => boolean = () => true) {
    this.#isLasting = isLasting;
  }

  /** What `read` finds in `file`; `how` is what else its result depends on. Rejects as `read` does, or where there is no file. */
  async of(file: string, how: unknown, read: () => Promise<T>): Promise<T> {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(file);
    const key = JSON.stringify([file, dev, ino, size, mtimeMs, ctimeMs, how]);
    const known = this.#found.get(key) ?? read();
    this.#found.delete(key);
    this.#found.set(key, known);
    known
      .then((found) => this.#isLasting(found))
      .catch(() => false)
      .then((lasts) => lasts || this.#found.delete(key));
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= mostFiles) break;
      this.#found.delete(oldest);
    }
    return known;
  }
}
