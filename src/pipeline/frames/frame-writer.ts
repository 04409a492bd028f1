import PQueue from "p-queue";
import type { Frame } from "../../frame.ts";
import { toBytes } from "../../image/image.ts";
import { isLarge } from "../../runtime/engine.ts";
import type { RenderCache } from "../cache/render-cache.ts";

/** Stores finished frames and passes them on in order, in the background. */
export class FrameWriter {
  readonly #writing = new PQueue({ concurrency: 1 });
  readonly #cache: RenderCache;
  readonly #signal: AbortSignal | undefined;
  readonly #onKept: (pngBytes: number, index: number) => Promise<void>;
  #failure: unknown;

  /**
   * `onKept` receives the size of each stored frame on the disk, and its number. After `signal` fires, frames are stored but not
   * passed on.
   */
  constructor(
    cache: RenderCache,
    onKept: (pngBytes: number, index: number) => Promise<void>,
    signal?: AbortSignal,
  ) {
    this.#cache = cache;
    this.#onKept = onKept;
    this.#signal = signal;
  }

  /**
   * Store `frame` as frame `index` of the film, or load the stored one, and give its pixels to `pass`. Waits if the
   * queue is full. Throws the error of an earlier frame.
   */
  async write(
    index: number,
    frame: Frame | undefined,
    pass?: (pixels: Uint8Array) => Promise<void>,
  ): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#writing.onSizeLessThan(frame && isLarge(frame.height, frame.width) ? 1 : 4);
    this.#writing
      .add(async () => {
        const pixels = frame ? toBytes(frame) : await this.#cache.frames.load(index);
        if (frame) await this.#onKept(await this.#cache.keep(index, pixels), index);
        if (!this.#failure && !this.#signal?.aborted) await pass?.(pixels);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
  }

  /** Wait until all dreamed frames are stored, whatever stopped the rest. Throws the first error. */
  async finish(): Promise<void> {
    await this.#writing.onIdle();
    if (this.#failure) throw this.#failure;
  }
}
