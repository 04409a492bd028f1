import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { z } from "zod";
import { isFolderPath } from "../../output.ts";
import { version } from "../../package.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { formatScene } from "../../scene/format.ts";
import type { Scene } from "../../scene/scene.ts";
import type { PreparedRender } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";
import { withTempo } from "../plan/tempo.ts";

const usedFile = z.object({
  name: z.string(),
  /** For a numbered sequence, the hash of its pictures' sha256 values. */
  sha256: z.string(),
  bytes: z.number(),
  /** Number of pictures of a sequence. */
  pictures: z.number().optional(),
});

const recipeSchema = z.object({
  /** The version of dreamreel that made it. */
  dreamreel: z.string(),
  /** Name of the scene's file, without its folder. */
  from: z.string().optional(),
  /** The scene with all defaults; files are given by name only. */
  scene: z.string(),
  preview: z.boolean(),
  /** First and last frame, and the number of frames in the scene. */
  frames: z.tuple([z.number(), z.number(), z.number()]),
  /** Frames dreamed before a single frame, if fewer than all. */
  before: z.number().optional(),
  engine: z.object({
    name: z.string(),
    backend: z.string().optional(),
    onnxruntime: z.string(),
  }),
  networks: z.array(z.object({ name: z.string(), sha256: z.string().optional() })).max(1000),
  files: z.array(usedFile).max(10_000),
});

/** Everything needed to reproduce an output. Contains nothing about where or by whom it was made. */
export type Recipe = z.infer<typeof recipeSchema>;
export type UsedFile = z.infer<typeof usedFile>;

/** The recipe of a render. `before`: most frames dreamed before a single frame. */
export function recipeOf(
  {
    scene,
    plan,
    engine,
    shots,
    tempo,
  }: Pick<PreparedRender, "scene" | "plan" | "engine" | "shots" | "tempo">,
  files: SceneFiles,
  { preview = false, before }: { readonly preview?: boolean; readonly before?: number },
): Recipe {
  const names = new FileNames();
  const used = usedFiles(scene, files, names);
  const networks = new Set(
    shots.flatMap(({ dreamer: { network } }) => [...(network.parts?.values() ?? [network])]),
  );
  return {
    dreamreel: version(),
    ...(scene.path === undefined ? {} : { from: basename(scene.path) }),
    scene: formatScene(withTempo(scene, tempo), (file) => names.of(file)),
    preview,
    frames: [plan.first, plan.last, plan.frames],
    ...(before === undefined ? {} : { before }),
    engine: {
      name: engine.name,
      ...(engine.backend === undefined ? {} : { backend: engine.backend }),
      onnxruntime: runtimeVersion,
    },
    networks: [...networks].map(({ name, sha256 }) => ({
      name: basename(name),
      ...(sha256 === undefined ? {} : { sha256 }),
    })),
    files: used,
  };
}

/** A recipe as one line of ASCII. */
export function writeRecipe(recipe: Recipe): string {
  const escaped = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(recipe).replace(/[^\x20-\x7e]/g, escaped);
}

/** Parse a recipe; undefined for any other text. */
export function readRecipe(text: string | undefined): Recipe | undefined {
  try {
    return recipeSchema.safeParse(JSON.parse(text ?? "")).data;
  } catch {
    return undefined;
  }
}

/** Names of files without their folders: the last part of the path, numbered if two are equal. */
class FileNames {
  readonly #names = new Map<string, string>();

  of(file: string): string {
    const known = this.#names.get(file);
    if (known !== undefined) return known;
    const last = basename(file) + (isFolderPath(file) ? "/" : "");
    // A pattern alone is ambiguous without its folder.
    const plain = /%0?\d*d/.test(last) ? `${basename(dirname(file))}/${last}` : last;
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${n}-${plain}`;
    this.#names.set(file, name);
    return name;
  }
}

function usedFiles(scene: Scene, files: SceneFiles, names: FileNames): UsedFile[] {
  const sequences = (scene.shots ?? [scene]).flatMap(({ source }) =>
    source.type === "frames" ? [source.pattern] : [],
  );
  const pictures = new Set(sequences.flatMap((pattern) => files.sequence(pattern)));
  const alone = files.list().filter(({ file }) => !pictures.has(file));
  return [
    ...alone.map(({ file, sha256, bytes }) => ({ name: names.of(file), sha256, bytes })),
    ...[...new Set(sequences)].map((pattern) => {
      const own = files.sequence(pattern);
      const all = files.list().filter(({ file }) => own.includes(file));
      return {
        name: names.of(pattern),
        sha256: hashSequence(all.map(({ sha256 }) => sha256)),
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        pictures: all.length,
      };
    }),
  ];
}

/** The hash of a sequence of pictures with these sha256 values. */
export function hashSequence(hashes: readonly string[]): string {
  return createHash("sha256").update(hashes.join("\n")).digest("hex");
}
