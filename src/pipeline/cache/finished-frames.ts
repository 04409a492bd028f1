import { readFile } from "node:fs/promises";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import { readPng, type Size, toPng } from "../../image/image.ts";
import type { CacheFolder } from "./cache-folder.ts";

/** How a PNG file ends; one that does not was cut off by a failing disk. */
const pngEnd = Buffer.from("0000000049454e44ae426082", "hex");

/** Finished frames as the encoder gets them, interleaved RGB bytes, kept losslessly. */
export class FinishedFrames {
  readonly #folder: CacheFolder;
  readonly #size: Size;
  readonly #keyOf: (index: number) => string;

  constructor(folder: CacheFolder, size: Size, keyOf: (index: number) => string) {
    this.#folder = folder;
    this.#size = size;
    this.#keyOf = keyOf;
  }

  /** Whether frame `index` is there, made from what it would be made from now. */
  has(index: number): boolean {
    return this.#folder.has(this.#name(index));
  }

  /** Which of the first `frames` a file is of, where it is made from what it would be made from now. */
  frameOf(name: string, frames: number): number | undefined {
    const index = Number(/^frame-(\d+)/.exec(name)?.[1] ?? Number.NaN);
    return index < frames && name === this.#name(index) ? index : undefined;
  }

  /** Throws `OUTPUT_BROKEN` where the file is damaged, and removes it. */
  async load(index: number): Promise<Uint8Array> {
    const name = this.#name(index);
    const file = this.#folder.locate(name);
    try {
      const bytes = await readFile(file);
      if (!bytes.subarray(-pngEnd.length).equals(pngEnd)) throw new Error("the file is cut off");
      return await readPng(bytes, this.#size);
    } catch (cause) {
      await this.#folder.remove(name);
      throw new DreamError("OUTPUT_BROKEN", `kept frame ${index} is damaged`, {
        where: file,
        hint: "It has been removed. Run the same command again: the frame is dreamed anew.",
        cause,
      });
    }
  }

  /** Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. Gives the bytes it takes on the disk. */
  async save(index: number, pixels: Uint8Array): Promise<number> {
    const name = this.#name(index);
    const png = await toPng(pixels, this.#size);
    await writeAtomically(png, this.#folder.locate(name));
    this.#folder.added(name);
    return png.length;
  }

  #name(index: number): string {
    return `frame-${String(index).padStart(6, "0")}.${this.#keyOf(index)}.png`;
  }
}
