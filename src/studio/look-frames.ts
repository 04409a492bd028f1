/** Frames that looks leave to later looks. */
import type { Frame } from "../frame.ts";
import type { LookResult } from "./calls.ts";

/** Most bytes that are kept. */
const maxBytes = 160 << 20;

/**
 * What a chain of frames began with: the film's start, frames of a render, or the source in place of what was dreamed
 * before.
 */
export type ChainStart = "start" | NonNullable<LookResult["from"]>;

/** Frames of looks by scene, text, size, shot and frame; files that it names are the same until `clear`. */
export class LookFrames {
  readonly #frames = new Map<string, { readonly frame: Frame; readonly from: ChainStart }>();
  #bytes = 0;

  get(key: string): { readonly frame: Frame; readonly from: ChainStart } | undefined {
    return this.#frames.get(key);
  }

  clear(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }

  keep(key: string, frame: Frame, from: ChainStart): void {
    if (!this.#frames.has(key)) this.#bytes += frame.data.byteLength;
    this.#frames.set(key, { frame, from });
    for (const [old, { frame: oldest }] of this.#frames) {
      if (this.#bytes <= maxBytes) break;
      this.#frames.delete(old);
      this.#bytes -= oldest.data.byteLength;
    }
  }
}
