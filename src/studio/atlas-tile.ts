/** Pictures of layers and channels, kept on the disk for all scenes with the same network. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exists } from "../disk/exists.ts";
import type { Dreamer } from "../dream/dreamer.ts";
import { saveImage, toSharp } from "../image/image.ts";
import { cacheFolder } from "../models/cache.ts";
import { packageFolder } from "../package.ts";
import { dreamTile } from "../pipeline/stills/atlas-tile.ts";
import { parseScene } from "../scene/parse.ts";
import type { AtlasCall, AtlasResult, SceneNow } from "./calls.ts";
import type { Workshop } from "./workshop.ts";

/** Side of a tile, px. */
const side = 160;
/** Increment this when tiles are dreamed in another way. */
const version = 1;

/** Pictures of the bundled network's layers, which come with the package. */
export const bundledTiles: URL = new URL("models/layers/", packageFolder);

interface TileFolders {
  /** Where pictures are kept. */
  readonly folder: string;
  /** Where they are looked for: there, and in the package. */
  readonly all: readonly string[];
  readonly network: string;
}

function foldersOf({ network: { sha256, name } }: Dreamer): TileFolders {
  const network = (sha256 ?? name).slice(0, 32);
  const own = `${network}-${side}-v${version}`;
  const folder = join(cacheFolder(), "atlas", own);
  return { folder, all: [folder, join(fileURLToPath(bundledTiles), own)], network };
}

function fileName(target: string): string {
  return `${encodeURIComponent(target)}.jpg`;
}

function targetOf({ layer, channel }: AtlasCall): string {
  return channel === undefined ? layer : `${layer}:${channel}`;
}

/** Names of the layers and channels whose pictures are on the disk. */
export async function dreamedTiles(
  workshop: Workshop,
  { text, file }: SceneNow,
): Promise<readonly string[]> {
  const { all } = foldersOf(await workshop.dreamer(parseScene(text, { path: file })));
  const lists = await Promise.all(all.map((folder) => readdir(folder).catch(() => [])));
  const names = lists
    .flat()
    .filter((name) => name.endsWith(".jpg"))
    .map((name) => decodeURIComponent(name.slice(0, -".jpg".length)));
  return [...new Set(names)];
}

/** The picture of a layer or channel if it is there already. */
export async function keptTile(workshop: Workshop, call: AtlasCall): Promise<AtlasResult | null> {
  const scene = parseScene(call.text, { path: call.file });
  const { all, network } = foldersOf(await workshop.dreamer(scene));
  for (const folder of all) {
    const file = join(folder, fileName(targetOf(call)));
    if (await exists(file)) return { file, network };
  }
  return null;
}

/**
 * The picture of a layer, or of one channel of it, dreamed on faint noise as `dreamreel atlas` does; read from the disk
 * where it is known. Throws `SCENE_UNKNOWN_LAYER`, `INTERRUPTED`, `DISK_FULL`.
 */
export async function renderAtlasTile(
  workshop: Workshop,
  call: AtlasCall,
  signal: AbortSignal,
): Promise<AtlasResult> {
  const scene = parseScene(call.text, { path: call.file });
  const dreamer = await workshop.dreamer(scene);
  const target = targetOf(call);
  // An unknown layer is said before a file is named after it.
  dreamer.targets({ layers: { [target]: 1 } });
  const kept = await keptTile(workshop, call);
  if (kept) return kept;
  const { folder, network } = foldersOf(dreamer);
  await mkdir(folder, { recursive: true });
  const engine = await workshop.engine(scene);
  const frame = await dreamTile(dreamer, engine, { target, side, seed: 1, signal });
  const file = join(folder, fileName(target));
  await saveImage(toSharp(frame).jpeg({ quality: 88 }), file);
  return { file, network };
}
