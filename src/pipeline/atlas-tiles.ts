import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { DreamSettings } from "../dream/settings.ts";
import { DreamError, messageOf } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { writeOnnx } from "../graph/onnx-file.ts";
import type { Network } from "../network.ts";
import type { EngineName } from "../runtime/engine.ts";

/** Everything that makes a tile what it is, but for its target. */
export interface TileOrigin {
  readonly network: Network;
  readonly engine: EngineName;
  readonly settings: DreamSettings;
  /** What every tile begins with. */
  readonly start: Frame;
  readonly seed: number;
}

/** Finished tiles in a folder beside an atlas, another folder for every origin, until the atlas is complete. */
export class AtlasTiles {
  readonly #folder: string;
  readonly #output: string;

  private constructor(folder: string, output: string) {
    this.#folder = folder;
    this.#output = output;
  }

  /** Throws `OUTPUT_UNWRITABLE` where there can be no folder beside `output`. */
  static async open(output: string, origin: TileOrigin): Promise<AtlasTiles> {
    const final = resolve(output);
    const key = keyOf(origin).slice(0, 12);
    const folder = join(dirname(final), `.${basename(final)}.atlas-${key}`);
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw unwritable(output, cause);
    });
    return new AtlasTiles(folder, output);
  }

  /** A tile of this run or of one that was interrupted. */
  async find(target: string): Promise<Buffer | undefined> {
    return readFile(this.#fileOf(target)).catch(() => undefined);
  }

  /** Throws `OUTPUT_UNWRITABLE`. */
  async keep(target: string, png: Buffer): Promise<void> {
    await writeWhole(this.#fileOf(target), png).catch((cause) => {
      throw unwritable(this.#output, cause);
    });
  }

  /** Once the atlas is complete. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Leave no folder with nothing in it. */
  async close(): Promise<void> {
    await rmdir(this.#folder).catch(() => {});
  }

  /** Layers may differ in characters that no file name can have. */
  #fileOf(target: string): string {
    const name = createHash("sha256").update(target).digest("hex").slice(0, 16);
    return join(this.#folder, `${name}.png`);
  }
}

/** Write a file that appears under its name only when complete. Throws `OUTPUT_UNWRITABLE`. */
export async function writePage(file: string, text: string): Promise<void> {
  await writeWhole(file, text).catch((cause) => {
    throw unwritable(file, cause);
  });
}

async function writeWhole(file: string, content: Buffer | string): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.partial`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
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

function unwritable(output: string, cause: unknown): DreamError {
  return new DreamError("OUTPUT_UNWRITABLE", `cannot write the atlas: ${messageOf(cause)}`, {
    where: output,
    hint: "It needs a folder that can be written to, with room for its tiles.",
    cause,
  });
}
