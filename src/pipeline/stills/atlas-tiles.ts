import { createHash } from "node:crypto";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { EngineName } from "../../choices.ts";
import { writeAtomically, writeError } from "../../disk/write-atomically.ts";
import type { DreamSettings } from "../../dream/settings.ts";
import type { Frame } from "../../frame.ts";
import { writeOnnx } from "../../graph/onnx/file.ts";
import type { Network } from "../../network.ts";

const hint = "Choose a writable folder with enough space for the tiles.";

export interface AtlasTarget {
  /** Target as in a scene: `motifs3` or `motifs3:17`. */
  readonly target: string;
  readonly label: string;
  readonly about: string;
}

export interface AtlasTile extends AtlasTarget {
  readonly png: Buffer;
}

/** Everything that determines a tile, except its target. */
export interface TileOrigin {
  readonly network: Network;
  readonly engine: EngineName;
  readonly settings: DreamSettings;
  /** Start picture of every tile. */
  readonly start: Frame;
  readonly seed: number;
}

/** Finished tiles in a folder beside an atlas, one folder per origin, until the atlas is complete. */
export class AtlasTiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws `OUTPUT_UNWRITABLE`, `DISK_FULL` if the folder beside `output` cannot be created. */
  static async open(output: string, origin: TileOrigin): Promise<AtlasTiles> {
    const final = resolve(output);
    const key = keyOf(origin).slice(0, 12);
    const folder = join(dirname(final), `.${basename(final)}.atlas-${key}`);
    await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
      throw writeError(cause, output, hint);
    });
    return new AtlasTiles(folder);
  }

  /** A tile of this run or of one that was interrupted. */
  async find(target: string): Promise<Buffer | undefined> {
    return readFile(this.#fileOf(target)).catch(() => undefined);
  }

  /** Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`. */
  async keep(target: string, png: Buffer): Promise<void> {
    await writeAtomically(png, this.#fileOf(target), hint);
  }

  /** Remove the tiles of a complete atlas. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Remove the folder if it is empty. */
  async close(): Promise<void> {
    await rmdir(this.#folder).catch(() => {});
  }

  /** Layer names may contain characters that file names cannot. */
  #fileOf(target: string): string {
    const name = createHash("sha256").update(target).digest("hex").slice(0, 16);
    return join(this.#folder, `${name}.png`);
  }
}

function keyOf({ network, engine, settings, start, seed }: TileOrigin): string {
  const { layers: _, guide, ...rest } = settings;
  const hash = createHash("sha256")
    .update(JSON.stringify([engine, rest, guide?.match, seed, network.nativeSize]))
    .update(writeOnnx(network.graph))
    .update(start.data);
  return (guide ? hash.update(guide.frame.data) : hash).digest("hex");
}
