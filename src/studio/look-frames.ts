/** Frames that looks leave to later looks. */
import type { Frame } from "../frame.ts";
import type { LookResult } from "./calls.ts";

/** Most bytes that are kept, and most frames of earlier texts besides. */
const [maxBytes, maxNewest] = [160 << 20, 16];

/**
 * What a chain of frames began with: the film's start, frames of a render, or the source in place of what was dreamed
 * before.
 */
export type ChainStart = "start" | NonNullable<LookResult["from"]>;

/** Frames of looks by scene, text, size, shot and frame; files that it names are the same until `clear`. */
export class LookFrames {
  readonly #frames = new Map<string, { readonly frame: Frame; readonly from: ChainStart }>();
  readonly #newest = new Map<string, Frame>();
  #bytes = 0;

  /** The newest picture at a place, whatever the text was. */
  newest(place: string): Frame | undefined {
    return this.#newest.get(place);
  }

  get(key: string): { readonly frame: Frame; readonly from: ChainStart } | undefined {
    return this.#frames.get(key);
  }

  clear(): void {
    this.#frames.clear();
    this.#newest.clear();
    this.#bytes = 0;
  }

  keep(key: string, frame: Frame, from: ChainStart, place: string): void {
    this.#newest.delete(place);
    this.#newest.set(place, frame);
    for (const old of this.#newest.keys()) {
      if (this.#newest.size <= maxNewest) break;
      this.#newest.delete(old);
    }
    if (!this.#frames.has(key)) this.#bytes += frame.data.byteLength;
    this.#frames.set(key, { frame, from });
    for (const [old, { frame: oldest }] of this.#frames) {
      if (this.#bytes <= maxBytes) break;
      this.#frames.delete(old);
      this.#bytes -= oldest.data.byteLength;
    }
  }
}
