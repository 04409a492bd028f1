/** Contact sheets of a network's layers, or of the channels of one layer. */
import { basename } from "node:path";
import { refuseReplacing } from "../../disk/refuse-replacing.ts";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { Dreamer } from "../../dream/dreamer.ts";
import type { DreamOptions } from "../../dream/settings.ts";
import { DreamError } from "../../errors.ts";
import { Grader } from "../../flow/color.ts";
import { checkSheetFits, contactSheet, layOutSheet } from "../../image/contact-sheet.ts";
import { saveImage, toSharp } from "../../image/image.ts";
import { throwIfInterrupted } from "../../interrupt.ts";
import type { Layer, Network } from "../../network.ts";
import type { Engine } from "../../runtime/engine.ts";
import { checkAtlasMemory } from "../forecast/memory.ts";
import type { RenderProgress } from "../forecast/progress.ts";
import { atlasPage } from "./atlas-page.ts";
import { atlasSettings, dreamOnGround, groundOf } from "./atlas-tile.ts";
import { type AtlasTarget, type AtlasTile, AtlasTiles } from "./atlas-tiles.ts";
import { layerLabels } from "./layer-labels.ts";

export interface AtlasOptions {
  readonly output: string;
  /** Show the channels of this layer, or those of `layer:3-9`; without it, all layers. */
  readonly layer?: string;
  /** Dream on this picture; without it, on noise. */
  readonly image?: string;
  /** Side of a tile in px. */
  readonly tile: number;
  readonly columns?: number;
  readonly seed: number;
  /** Overrides the atlas's defaults: few steps on three octaves, or on four for large tiles. */
  readonly dream?: DreamOptions;
  /** A page to browse instead of a picture. */
  readonly html?: boolean;
  /** Start even if memory may not suffice. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
  readonly onProgress?: (progress: RenderProgress) => void;
}

/**
 * Dream every tile and write the atlas. Finished tiles are stored beside the output until it is complete, so an
 * interrupted atlas resumes. Throws `SCENE_UNKNOWN_LAYER`, `SIZE_INVALID`, `TOO_LARGE`, `INTERRUPTED`,
 * `OUTPUT_UNWRITABLE`, `DISK_FULL` and the errors of `readImage`.
 */
export async function renderAtlas(
  network: Network,
  engine: Engine,
  options: AtlasOptions,
): Promise<{ readonly file: string; readonly tiles: number }> {
  const dreamer = new Dreamer(network, engine);
  const targets = atlasTargets(dreamer, options.layer);
  const { output, tile, seed, html = false, force = false } = options;
  await refuseReplacing(output, [network.name, ...(options.image ? [options.image] : [])]);
  const labels = targets.map(({ label }) => label);
  const sheet = layOutSheet(labels, tile, options.columns ?? pleasingColumns(targets.length));
  if (!html) checkSheetFits(sheet, output);
  const settings = dreamer.settings({ ...atlasSettings(tile), ...options.dream });
  // The last layer needs everything that the layers before it need.
  const deepest = { ...settings, layers: { [targets.at(-1)!.target]: 1 } };
  if (!force) checkAtlasMemory(dreamer, deepest, sheet, html);
  const grader = new Grader(engine);
  const ground = await groundOf(options, grader);
  const origin = { network, engine: engine.name, settings, start: ground.start, seed };
  const kept = await AtlasTiles.open(output, origin);
  try {
    const dreamOne: DreamTile = async (target) => {
      const work = { ground, settings, seed, signal: options.signal };
      const frame = await dreamOnGround({ dreamer, engine, grader }, target, work);
      // Each layer compiles its own graphs; the channels of one layer share theirs.
      if (options.layer === undefined) await dreamer.dispose();
      return toSharp(frame).png().toBuffer();
    };
    const tiles = await dreamTiles(targets, dreamOne, kept, options);
    if (html) await writeAtomically(await atlasPage(titleOf(network, options), tiles), output);
    else await saveImage(await contactSheet(sheet, tiles), output);
    await kept.remove();
    return { file: output, tiles: tiles.length };
  } finally {
    await kept.close();
    await dreamer.dispose();
    await grader.dispose();
  }
}

/** The PNG of a target's tile. */
type DreamTile = (target: string) => Promise<Buffer>;

/** All tiles, loaded if they are stored. */
async function dreamTiles(
  targets: readonly AtlasTarget[],
  dreamOne: DreamTile,
  kept: AtlasTiles,
  { signal, onProgress }: AtlasOptions,
): Promise<AtlasTile[]> {
  const tiles: AtlasTile[] = [];
  const times: number[] = [];
  for (const own of targets) {
    throwIfInterrupted(signal, "interrupted; the same command continues");
    const began = performance.now();
    let png = await kept.find(own.target);
    if (!png) {
      png = await dreamOne(own.target);
      await kept.keep(own.target, png);
      times.push((performance.now() - began) / 1000);
    }
    tiles.push({ ...own, png });
    onProgress?.(progressOf(tiles.length, targets.length, times.slice(-10)));
  }
  return tiles;
}

function progressOf(done: number, total: number, times: readonly number[]): RenderProgress {
  const secondsPerFrame = times.reduce((a, b) => a + b, 0) / Math.max(1, times.length);
  return { done, total, secondsPerFrame, secondsLeft: (total - done) * secondsPerFrame };
}

/** All layers with a feature map, or the channels of the named layer: all of them or the given ones. */
function atlasTargets(dreamer: Dreamer, layer: string | undefined): AtlasTarget[] {
  if (layer === undefined) {
    const layers = dreamer.network.layers.filter(({ stride }) => stride > 0);
    const labels = layerLabels(layers);
    return layers.map((own, i) => ({
      target: own.name,
      label: labels[i]!,
      about: describe(own),
    }));
  }
  const { name, channels } = channelsOf(dreamer, layer);
  return channels.map((c) => {
    const target = `${name}:${c}`;
    return { target, label: String(c), about: target };
  });
}

/** A layer's name and its channels, or those of `layer:3-9`. */
function channelsOf(dreamer: Dreamer, layer: string): { name: string; channels: number[] } {
  const { network } = dreamer;
  const [target] = dreamer.targets({ layers: { [layer]: 1 } }).targets;
  const ranges = target?.type === "layer" ? target.channels : undefined;
  if (ranges) {
    const channels = ranges.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i),
    );
    return { name: layer.slice(0, layer.lastIndexOf(":")), channels: [...new Set(channels)] };
  }
  const found = network.layers.find(({ name }) => name === target?.value);
  if (found) return { name: layer, channels: [...Array(found.channels).keys()] };
  throw new DreamError("SCENE_UNKNOWN_LAYER", `the number of channels of "${layer}" is not known`, {
    hint: `Give the channels, such as ${layer}:0-63, or a layer that "dreamreel layers ${network.name}" shows.`,
  });
}

function describe({ op, channels, stride, receptiveField, aliases, about }: Layer): string {
  const field = Number.isFinite(receptiveField) ? `sees ${receptiveField} px` : "sees everything";
  const facts = `${op}, ${channels} channels, stride ${stride}, ${field}`;
  const called = aliases ? `; also called ${aliases.join(", ")}` : "";
  return `${facts}${called}${about ? `: ${about}` : ""}`;
}

/** Use only the file's name, because a page may be shared. */
function titleOf({ name }: Network, { layer }: AtlasOptions): string {
  return layer === undefined ? basename(name) : `${basename(name)}: ${layer}`;
}

/** Columns of a sheet between square and twice as wide as high, with the fewest empty cells. */
function pleasingColumns(count: number): number {
  const widest = Math.max(1, Math.floor(Math.sqrt(2 * count)));
  const empty = (columns: number): number => Math.ceil(count / columns) * columns - count;
  let best = widest;
  for (let columns = widest; columns >= Math.sqrt(count); columns--)
    if (empty(columns) < empty(best)) best = columns;
  return best;
}
