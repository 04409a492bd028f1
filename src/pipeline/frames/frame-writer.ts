import PQueue from "p-queue";
import type { Frame } from "../../frame.ts";
import { toBytes } from "../../image/image.ts";
import { isLarge } from "../../runtime/engine.ts";
import type { RenderCache } from "../cache/render-cache.ts";

/** Keeps finished frames and passes them on, one after the other, behind the dreaming. */
export class FrameWriter {
  readonly #writing = new PQueue({ concurrency: 1 });
  readonly #cache: RenderCache;
  readonly #signal: AbortSignal | undefined;
  readonly #onKept: (pngBytes: number) => Promise<void>;
  #failure: unknown;

  /** `onKept` is told what a kept frame takes on the disk. Once `signal` has fired, frames are kept and not passed on. */
  constructor(
    cache: RenderCache,
    onKept: (pngBytes: number) => Promise<void>,
    signal?: AbortSignal,
  ) {
    this.#cache = cache;
    this.#onKept = onKept;
    this.#signal = signal;
  }

  /**
   * Keep `frame` as frame `index` of the film, or take what is kept already, and give its pixels to `pass`. Waits where much is
   * waiting. Throws what an earlier frame met.
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
        if (frame) await this.#onKept(await this.#cache.keep(index, pixels));
        if (!this.#failure && !this.#signal?.aborted) await pass?.(pixels);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
  }

  /** Wait for the last: what is dreamed is kept, whatever stopped the rest. Throws the first failure. */
  async finish(): Promise<void> {
    await this.#writing.onIdle();
    if (this.#failure) throw this.#failure;
  }
}
