/** What every layer of a network dreams, or every channel of one layer. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Dreamer } from "../dream/dreamer.ts";
import type { DreamOptions, DreamSettings } from "../dream/settings.ts";
import { DreamError } from "../errors.ts";
import { type ColorStatistics, gradeColor, measureColor } from "../flow/color.ts";
import { type Frame, mixFrames } from "../frame.ts";
import type { Layer, Network } from "../network.ts";
import type { Engine } from "../runtime/engine.ts";
import { contactSheet } from "../video/contact-sheet.ts";
import { readImage, saveImage, toSharp } from "../video/image.ts";
import { fractalNoise } from "../video/noise.ts";
import { atlasPage } from "./atlas-page.ts";
import type { RenderProgress } from "./render.ts";

export interface AtlasOptions {
  readonly output: string;
  /** Show the channels of this layer; without it, all layers. */
  readonly layer?: string;
  /** Dream on this picture; without it, on noise. */
  readonly image?: string;
  /** Side of a tile in px. */
  readonly tile: number;
  readonly columns?: number;
  readonly seed: number;
  /** Over the atlas's own: few steps on three octaves. */
  readonly dream?: DreamOptions;
  /** A page to browse instead of a picture. */
  readonly html?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
}

export interface AtlasTile {
  /** As a scene names it: `motifs3` or `motifs3:17`. */
  readonly target: string;
  readonly label: string;
  readonly about: string;
  readonly png: Buffer;
}

/** Share of the noise that tiles begin with. */
const faintness = 0.35;

/**
 * Dream every tile and write the atlas. Finished tiles are kept beside the output until it is complete, so an
 * atlas that was interrupted goes on where it stopped. Throws `SCENE_UNKNOWN_LAYER`, `INTERRUPTED`,
 * `OUTPUT_UNWRITABLE` and what `readImage` throws.
 */
export async function renderAtlas(
  network: Network,
  engine: Engine,
  options: AtlasOptions,
): Promise<{ readonly file: string; readonly tiles: number }> {
  const dreamer = new Dreamer(network, engine);
  const targets = atlasTargets(dreamer, options.layer);
  const ground = await groundOf(options);
  const settings = dreamer.settings({ octaves: 3, iterations: [16, 10, 6], ...options.dream });
  const folder = workFolder(network, settings, ground.start, options);
  await mkdir(folder, { recursive: true });
  const tiles: AtlasTile[] = [];
  const times: number[] = [];
  for (const [i, { target, label, about }] of targets.entries()) {
    const began = performance.now();
    if (options.signal?.aborted)
      throw new DreamError("INTERRUPTED", "interrupted; the same command continues");
    const file = join(folder, `${target.replace(/[^\w.-]/g, "_")}.png`);
    const known = await readFile(file).catch(() => undefined);
    const png =
      known ??
      (await dreamTile(dreamer, ground, { ...settings, layers: { [target]: 1 } }, options.seed));
    if (!known) {
      await keep(file, png);
      times.push((performance.now() - began) / 1000);
    }
    // Each layer compiles graphs of its own; the channels of one share theirs.
    if (options.layer === undefined) await dreamer.dispose();
    tiles.push({ target, label, about, png });
    const recent = times.slice(-10);
    const secondsPerFrame = recent.reduce((a, b) => a + b, 0) / Math.max(1, recent.length);
    const [done, total] = [i + 1, targets.length];
    options.onProgress?.({
      done,
      total,
      secondsPerFrame,
      secondsLeft: (total - done) * secondsPerFrame,
    });
  }
  await dreamer.dispose();
  await write(network, tiles, options);
  await rm(folder, { recursive: true });
  return { file: options.output, tiles: tiles.length };
}

interface AtlasTarget {
  readonly target: string;
  readonly label: string;
  readonly about: string;
}

/** All layers with a map, or all channels of the one that is named. */
function atlasTargets(dreamer: Dreamer, layer: string | undefined): AtlasTarget[] {
  const { layers } = dreamer.network;
  if (layer === undefined) {
    return layers
      .filter(({ stride }) => stride > 0)
      .map((own) => ({ target: own.name, label: own.name, about: describe(own) }));
  }
  const value = dreamer.targets({ layers: { [layer]: 1 } }).targets[0]!.value;
  const found = layers.find(({ name }) => name === value);
  if (!found) {
    throw new DreamError("SCENE_UNKNOWN_LAYER", `how many channels "${layer}" has is not known`, {
      hint: `"dreamreel layers ${dreamer.network.name}" shows those that are.`,
    });
  }
  return Array.from({ length: found.channels }, (_, c) => ({
    target: `${layer}:${c}`,
    label: String(c),
    about: `${layer}:${c}`,
  }));
}

function describe({ op, channels, stride, about }: Layer): string {
  return `${op}, ${channels} channels, stride ${stride}${about ? `: ${about}` : ""}`;
}

/** What a tile begins with, and whose colours it is held to: low layers would all turn neon. */
interface Ground {
  readonly start: Frame;
  readonly colors: ColorStatistics;
}

/** The picture, or faint noise, so that what is seen in the end was dreamed. */
async function groundOf({ image, tile, seed }: AtlasOptions): Promise<Ground> {
  const size = { width: tile, height: tile };
  const full =
    image === undefined ? fractalNoise({ seed, scale: 3, ...size }) : await readImage(image, size);
  const colors = measureColor(full);
  if (image !== undefined) return { start: full, colors };
  const grey = { ...full, data: new Float32Array(full.data.length).fill(0.5) };
  return { start: mixFrames(grey, full, faintness), colors };
}

async function dreamTile(
  dreamer: Dreamer,
  { start, colors }: Ground,
  settings: DreamSettings,
  seed: number,
): Promise<Buffer> {
  const { frame } = await dreamer.dream(start, settings, seed);
  return toSharp(gradeColor(frame, colors, 1))
    .png()
    .toBuffer();
}

/** A folder beside the output, another for everything that changes a tile. */
function workFolder(
  network: Network,
  settings: DreamSettings,
  start: Frame,
  { output, seed }: AtlasOptions,
): string {
  const { layers: _, guide: __, ...rest } = settings;
  const key = createHash("sha256")
    .update(JSON.stringify([network.name, network.layers, rest, seed]))
    .update(start.data)
    .digest("hex");
  const final = resolve(output);
  return join(dirname(final), `.${basename(final)}.atlas-${key.slice(0, 12)}`);
}

async function keep(file: string, png: Buffer): Promise<void> {
  await writeFile(`${file}.partial`, png);
  await rename(`${file}.partial`, file);
}

async function write(
  network: Network,
  tiles: readonly AtlasTile[],
  { output, layer, tile, columns, html }: AtlasOptions,
): Promise<void> {
  if (html) {
    const title = layer === undefined ? network.name : `${network.name}: ${layer}`;
    await keep(output, Buffer.from(await atlasPage(title, tiles)));
    return;
  }
  const across = columns ?? pleasingColumns(tiles.length);
  await saveImage(contactSheet(tiles, tile, across), output);
}

/** Columns of a sheet between square and twice as wide as high, with the fewest empty places. */
function pleasingColumns(count: number): number {
  const widest = Math.max(1, Math.floor(Math.sqrt(2 * count)));
  const empty = (columns: number): number => Math.ceil(count / columns) * columns - count;
  let best = widest;
  for (let columns = widest; columns >= Math.sqrt(count); columns--)
    if (empty(columns) < empty(best)) best = columns;
  return best;
}
