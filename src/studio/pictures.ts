/** Pictures that were made for the page, kept in memory by the hash of their bytes. */
import { createHash } from "node:crypto";

/** Most bytes that are kept; the oldest go first. */
const maxBytes = 192 << 20;

export class Pictures {
  readonly #pictures = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Keep a JPEG and give its address. */
  keep(jpeg: Uint8Array): string {
    const key = createHash("sha256").update(jpeg).digest("hex").slice(0, 32);
    if (!this.#pictures.has(key)) this.#bytes += jpeg.length;
    this.#pictures.delete(key);
    this.#pictures.set(key, jpeg);
    for (const [old, { length }] of this.#pictures) {
      if (this.#bytes <= maxBytes || old === key) break;
      this.#pictures.delete(old);
      this.#bytes -= length;
    }
    return `/api/pictures/${key}.jpg`;
  }

  find(key: string): Uint8Array | undefined {
    return this.#pictures.get(key);
  }
}
