import { readFile } from "node:fs/promises";
import { writeAtomically } from "../../disk/write-atomically.ts";
import type { ColorStatistics } from "../../flow/color.ts";
import type { CacheFolder } from "./cache-folder.ts";

/** Pictures of a clip that belong together. */
export interface Segment {
  /** The shot's frame that is its first. */
  readonly first: number;
  /** Colours of that frame's source, where colours are held to them. */
  readonly colors?: ColorStatistics | undefined;
}

/** What is known of the cuts of a shot's source. */
export interface Cuts {
  readonly segments: readonly Segment[];
  /** The last frame that has been looked at. */
  readonly last: number;
  /** The frame from which a detector has to look again to find the cuts after `last`. */
  readonly from: number;
}

/** The cuts of a shot's source, kept beside the frames: a small file of JSON. */
export class KnownCuts {
  readonly name: string;
  readonly #folder: CacheFolder;
  #cuts: Cuts | undefined;

  constructor(folder: CacheFolder, shot: number, key: string) {
    this.#folder = folder;
    this.name = `cuts-${shot}.${key}.json`;
  }

  /** Undefined where none are kept, or the file is damaged. */
  async load(): Promise<Cuts | undefined> {
    if (!this.#cuts && this.#folder.has(this.name)) {
      const text = await readFile(this.#folder.locate(this.name), "utf8").catch(() => "");
      this.#cuts = parse(text);
    }
    return this.#cuts;
  }

  /** Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async save(cuts: Cuts): Promise<void> {
    await writeAtomically(JSON.stringify(cuts), this.#folder.locate(this.name));
    this.#folder.added(this.name);
    this.#cuts = cuts;
  }
}

function parse(text: string): Cuts | undefined {
  try {
    return JSON.parse(text) as Cuts;
  } catch {
    return undefined;
  }
}
