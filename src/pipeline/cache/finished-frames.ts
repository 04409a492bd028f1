import { readFile } from "node:fs/promises";
import { DreamError } from "../../errors.ts";
import { readPng, type Size, toPng } from "../../image/image.ts";
import type { CacheFolder } from "./cache-folder.ts";

/** The end of every PNG file; a file without it is truncated. */
const pngEnd = Buffer.from("0000000049454e44ae426082", "hex");

/** Name of the file of a finished frame. */
export function frameName(index: number, key: string): string {
  return `frame-${String(index).padStart(6, "0")}.${key}.png`;
}

/** Finished frames as the encoder receives them, interleaved RGB bytes, stored without loss. */
export class FinishedFrames {
  readonly #folder: CacheFolder;
  readonly #size: Size;
  readonly #keyOf: (index: number) => string;

  constructor(folder: CacheFolder, size: Size, keyOf: (index: number) => string) {
    this.#folder = folder;
    this.#size = size;
    this.#keyOf = keyOf;
  }

  /** Whether frame `index` is stored with a current key. */
  has(index: number): boolean {
    return this.#folder.has(this.nameOf(index));
  }

  /** The frame, among the first `frames`, that a file contains, if its key is current. */
  frameOf(name: string, frames: number): number | undefined {
    const index = Number(/^frame-(\d+)/.exec(name)?.[1] ?? Number.NaN);
    return index < frames && name === this.nameOf(index) ? index : undefined;
  }

  /** Load a frame. Throws `OUTPUT_BROKEN` if the file is damaged, and removes it. */
  async load(index: number): Promise<Uint8Array> {
    const name = this.nameOf(index);
    const file = this.#folder.locate(name);
    try {
      const bytes = await readFile(file);
      if (!bytes.subarray(-pngEnd.length).equals(pngEnd)) throw new Error("the file is truncated");
      return await readPng(bytes, this.#size);
    } catch (cause) {
      await this.#folder.remove(name);
      throw new DreamError("OUTPUT_BROKEN", `kept frame ${index} is damaged`, {
        where: file,
        hint: "It has been removed. Run the same command again to dream the frame again.",
        cause,
      });
    }
  }

  /** Store a frame and return its size on the disk, bytes. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async save(index: number, pixels: Uint8Array): Promise<number> {
    const name = this.nameOf(index);
    const png = await toPng(pixels, this.#size);
    await this.#folder.write(name, png);
    return png.length;
  }

  /** Name of the file that contains a frame, or will. */
  nameOf(index: number): string {
    return frameName(index, this.#keyOf(index));
  }
}
