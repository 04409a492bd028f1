/** The files of a scene as inputs of the share, and where each name of the scene is found there. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hashFile } from "../../disk/hash-file.ts";
import { networkFiles } from "../../models/network-files.ts";
import { isFolderPath } from "../../output.ts";
import { namedFiles } from "../../pipeline/plan/named-files.ts";
import type { SceneFiles } from "../../pipeline/plan/scene-files.ts";
import { modelsOf, type Scene } from "../../scene/scene.ts";
import { type CopiedFile, copyInput } from "./copy-input.ts";
import type { InputFile } from "./film.ts";
import type { Share } from "./share.ts";

export interface SceneInputs {
  readonly files: readonly InputFile[];
  /** For each file that the scene names, its place relative to the share's `inputs` folder. */
  readonly places: ReadonlyMap<string, string>;
}

/** Copy all files that a scene names into the share. Throws the errors of `copyInput` and `networkFiles`. */
export async function copyInputs(
  share: Share,
  scene: Scene,
  known: SceneFiles,
  signal?: AbortSignal,
): Promise<SceneInputs> {
  const hashes = new Map(known.list().map((file) => [file.file, file]));
  const copied = (from: string, name: string): CopiedFile => ({ ...hashes.get(from)!, from, name });
  const shots = scene.shots ?? [scene];
  const networks = new Set(
    shots.flatMap(modelsOf).flatMap((model) => ("file" in model ? [model.file] : [])),
  );
  const sequences = new Set(
    shots.flatMap(({ source }) => (source.type === "frames" ? [source.pattern] : [])),
  );
  const files = new Map<string, InputFile>();
  const places = new Map<string, string>();
  for (const file of new Set(namedFiles(scene).map((named) => named.file))) {
    const pictures = sequences.has(file) ? known.sequence(file) : undefined;
    const parts = pictures
      ? sequenceFiles(pictures, copied)
      : networks.has(file)
        ? await networkParts(file, copied)
        : [copied(file, basename(file))];
    const made = await copyInput(share, parts, signal);
    for (const one of made) files.set(one.path, one);
    const [first] = made;
    places.set(file, pictures ? placeOfSequence(first!.path, file, pictures[0]!) : first!.path);
  }
  return { files: [...files.values()], places };
}

type Copied = (from: string, name: string) => CopiedFile;

function sequenceFiles(pictures: readonly string[], copied: Copied): CopiedFile[] {
  return pictures.map((from) => copied(from, `${folderName(from)}/${basename(from)}`));
}

/** Its last folder counts for a recipe, which names a pattern by it. */
function folderName(picture: string): string {
  return basename(dirname(picture)) || "frames";
}

/** The folder or the pattern of a sequence whose first picture, `picture`, has been copied to `first`. */
function placeOfSequence(first: string, pattern: string, picture: string): string {
  const folder = dirname(first);
  const isFolder = resolve(pattern) === resolve(dirname(picture));
  if (isFolder) return isFolderPath(pattern) ? `${folder}/` : folder;
  return `${folder}/${basename(pattern)}`;
}

async function networkParts(file: string, copied: Copied): Promise<CopiedFile[]> {
  const [own = "", ...weights] = await networkFiles(file);
  const parts = weights.map(async (name): Promise<CopiedFile> => {
    const from = join(dirname(file), name);
    const { size } = await stat(from);
    return { from, name, sha256: await hashFile(from), bytes: size };
  });
  return [copied(file, own), ...(await Promise.all(parts))];
}
