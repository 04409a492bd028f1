/** Pictures of layers and channels, kept on the disk for all scenes with the same network. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dreamer } from "../dream/dreamer.ts";
import { saveImage, toSharp } from "../image/image.ts";
import { cacheFolder } from "../models/cache.ts";
import { dreamTile } from "../pipeline/stills/atlas-tile.ts";
import { parseScene } from "../scene/parse.ts";
import type { AtlasCall, AtlasResult, SceneNow } from "./calls.ts";
import type { Workshop } from "./workshop.ts";

/** Side of a tile, px. */
const side = 160;
/** Increment this when tiles are dreamed in another way. */
const version = 1;

/** Folder of the pictures of a network. */
function folderOf({ network: { sha256, name } }: Dreamer): { folder: string; network: string } {
  const network = (sha256 ?? name).slice(0, 32);
  return { folder: join(cacheFolder(), "atlas", `${network}-${side}-v${version}`), network };
}

/** Names of the layers and channels whose pictures are on the disk. */
export async function dreamedTiles(
  workshop: Workshop,
  { text, file }: SceneNow,
): Promise<readonly string[]> {
  const { folder } = folderOf(await workshop.dreamer(parseScene(text, { path: file })));
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) =>
    name.endsWith(".jpg") ? [decodeURIComponent(name.slice(0, -".jpg".length))] : [],
  );
}

/**
 * The picture of a layer, or of one channel of it, dreamed on faint noise as `dreamreel atlas` does; read from the disk
 * where it is known. Throws `SCENE_UNKNOWN_LAYER`, `INTERRUPTED`, `DISK_FULL`.
 */
export async function renderAtlasTile(
  workshop: Workshop,
  { text, file, layer, channel }: AtlasCall,
  signal: AbortSignal,
): Promise<AtlasResult> {
  const scene = parseScene(text, { path: file });
  const dreamer = await workshop.dreamer(scene);
  const target = channel === undefined ? layer : `${layer}:${channel}`;
  // An unknown layer is said before a file is named after it.
  dreamer.targets({ layers: { [target]: 1 } });
  const { folder, network } = folderOf(dreamer);
  const picture = join(folder, `${encodeURIComponent(target)}.jpg`);
  const result = { file: picture, network };
  if (await stat(picture).catch(() => undefined)) return result;
  await mkdir(dirname(picture), { recursive: true });
  const engine = await workshop.engine(scene);
  const frame = await dreamTile(dreamer, engine, { target, side, seed: 1, signal });
  await saveImage(toSharp(frame).jpeg({ quality: 88 }), picture);
  return result;
}
