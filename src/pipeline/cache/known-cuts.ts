import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { CacheFolder } from "./cache-folder.ts";

const channels = z.array(z.number()).length(3).readonly();

/** Pictures of a clip that belong together. */
const segmentSchema = z
  .object({
    /** The shot's frame that is its first. */
    first: z.int(),
    /** Colours of that frame's source, where colours are held to them. */
    colors: z.object({ mean: channels, spread: channels }).readonly().optional(),
  })
  .readonly();

/** What is known of the cuts of a shot's source. */
const cutsSchema = z
  .object({
    segments: z.array(segmentSchema).min(1).readonly(),
    /** The last frame that has been looked at. */
    last: z.int(),
    /** The frame from which a detector has to look again to find the cuts after `last`. */
    from: z.int(),
  })
  .readonly();

export type Segment = z.infer<typeof segmentSchema>;
export type Cuts = z.infer<typeof cutsSchema>;

/** The file in a render cache that holds the cuts of a shot. */
export function cutsName(shot: number, key: string): string {
  return `cuts-${shot}.${key}.json`;
}

/** The cuts that a file holds. Undefined where there is none, or it is damaged or holds something else. */
export async function readCuts(file: string): Promise<Cuts | undefined> {
  return parse(await readFile(file, "utf8").catch(() => ""));
}

/** The cuts of a shot's source, kept beside the frames: a small file of JSON. */
export class KnownCuts {
  readonly name: string;
  readonly #folder: CacheFolder;
  #cuts: Cuts | undefined;
  #starts: ReadonlySet<number> = new Set();

  constructor(folder: CacheFolder, shot: number, key: string) {
    this.#folder = folder;
    this.name = cutsName(shot, key);
  }

  /** Undefined where none are kept, or the file is damaged or holds something else. */
  async load(): Promise<Cuts | undefined> {
    if (!this.#cuts && this.#folder.has(this.name))
      this.#know(await readCuts(this.#folder.locate(this.name)));
    return this.#cuts;
  }

  /** Keep cuts, unless more of the source has been looked at before. Throws `DISK_FULL`, `OUTPUT_UNWRITABLE`. */
  async save(cuts: Cuts): Promise<void> {
    if (this.#cuts && this.#cuts.last > cuts.last) return;
    await this.#folder.write(this.name, JSON.stringify(cuts));
    this.#know(cuts);
  }

  /** Whether a frame is known to be the first after a cut, as far as `load` or `save` have been called. */
  isCut(frame: number): boolean {
    return this.#starts.has(frame);
  }

  #know(cuts: Cuts | undefined): void {
    this.#cuts = cuts;
    this.#starts = new Set(cuts?.segments.slice(1).map(({ first }) => first));
  }
}

function parse(text: string): Cuts | undefined {
  try {
    return cutsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
