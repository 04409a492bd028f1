/**
 * Splits a stream of byte chunks of any length into pieces of `size` bytes. Never throws; an incomplete last piece is
 * dropped, and `rest` is its length.
 */
export class FrameSplitter {
  readonly #size: number;
  #piece: Uint8Array;
  #filled = 0;

  constructor(size: number) {
    this.#size = size;
    this.#piece = new Uint8Array(size);
  }

  /** Bytes of an unfinished piece. */
  get rest(): number {
    return this.#filled;
  }

  /** Take a chunk and return the pieces it completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    const done: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      const take = Math.min(this.#size - this.#filled, chunk.length - at);
      this.#piece.set(chunk.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === this.#size) {
        done.push(this.#piece);
        this.#piece = new Uint8Array(this.#size);
        this.#filled = 0;
      }
    }
    return done;
  }
}
