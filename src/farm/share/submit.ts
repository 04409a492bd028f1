import { createHash } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { basename, posix } from "node:path";
import type { EngineChoice } from "../../choices.ts";
import { freeBytes } from "../../disk/free-space.ts";
import { makeFolder } from "../../disk/make-folder.ts";
import { createOnce } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import { isFolderPath, outputPath, parseOutput } from "../../output.ts";
import { version } from "../../package.ts";
import { keysVersion } from "../../pipeline/cache/key-parts.ts";
import { predictDisk, sizeText } from "../../pipeline/forecast/disk.ts";
import { outputOf, refuseEqualOutputs } from "../../pipeline/plan/output-name.ts";
import { isSplit } from "../../pipeline/plan/plan.ts";
import { type PreparedRender, prepareRender } from "../../pipeline/plan/prepare.ts";
import { refuseInputs } from "../../pipeline/plan/refuse-inputs.ts";
import { SceneFiles } from "../../pipeline/plan/scene-files.ts";
import { withTempo } from "../../pipeline/plan/tempo.ts";
import { sidecarOf } from "../../pipeline/recipe/stored-recipe.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { formatScene } from "../../scene/format.ts";
import type { Scene } from "../../scene/scene.ts";
import { checkOutput } from "../../video/open-sink.ts";
import type { FarmFilm, FarmScene, InputFile } from "./film.ts";
import { planningEngine } from "./film-engine.ts";
import { filmFolders, filmPath, findFilm, writeJson } from "./films.ts";
import { outlineOf, type SceneOutline } from "./outline.ts";
import { framesOfPiece } from "./piece-size.ts";
import { copyInputs, type SceneInputs } from "./scene-inputs.ts";
import { type Share, writing } from "./share.ts";

export interface SubmitOptions {
  /** Default: the name of the first scene's file. */
  readonly name?: string;
  readonly preview?: boolean;
  /** Default: each scene's own; `auto` is what this machine would take. */
  readonly engine?: EngineChoice;
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Where the submitter wants the outputs, in the order of the scenes. Default: the scenes' own outputs. */
  readonly deliver?: readonly string[];
  /** Seconds that a worker needs for a frame of a megapixel, if measured: pieces take about two minutes. */
  readonly secondsPerMegapixel?: number | undefined;
  readonly onNotice?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** A scene that is checked and whose files are in the share. */
interface Submitted {
  readonly text: string;
  readonly name: string;
  readonly outline: SceneOutline;
  readonly files: readonly InputFile[];
  readonly about: FarmScene;
  /** What its frames and output need, bytes. */
  readonly bytes: number;
}

/** Largest part of a name in a film's id, which is also a folder. */
const longestName = 60;

/**
 * Check the scenes, copy what they name into the share and write the film's manifest, last of all. The same film again, by
 * anybody, is the film that exists. Throws the errors of `prepareRender` and `copyInputs`, `USAGE` for two equal outputs,
 * `OUTPUT_EXISTS` if one would replace an input,
 * `DISK_FULL` if its frames will not fit.
 */
export async function submitFilm(
  share: Share,
  scenes: readonly Scene[],
  options: SubmitOptions = {},
): Promise<FarmFilm> {
  const { preview = false, priority = 0, tags = [] } = options;
  const outputs = scenes.map(
    (scene, i) => options.deliver?.[i] ?? outputPath(outputOf(scene, preview)),
  );
  refuseEqualOutputs(outputs);
  const all: Submitted[] = [];
  for (const [i, scene] of scenes.entries())
    all.push(await submitScene(share, scene, i + 1, outputs[i]!, options));
  const name = cleanName(options.name ?? all[0]!.name.replace(/\.[^.]*$/, ""));
  const content = [
    [keysVersion, runtimeVersion, preview],
    all.map(({ text, about: { engine }, outline }) => [text, engine, outline.names]),
  ];
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 8);
  const files = new Map(all.flatMap((one) => one.files).map((file) => [file.path, file]));
  const film: FarmFilm = {
    format: 1,
    id: `${name}-${digest}`,
    name,
    version: version(),
    keysVersion,
    runtime: runtimeVersion,
    submitted: new Date().toISOString(),
    by: `${userName()}@${hostname()}`,
    priority,
    tags: [...tags],
    preview,
    scenes: all.map(({ about }) => about),
    inputs: [...files.values()],
  };
  const known = await findFilm(share, film.id);
  if (known) return known;
  await checkRoom(share, all);
  return writeFilm(share, film, all);
}

/** Write everything before the manifest: a film without one does not exist. Of two submitters, one writes the manifest. */
async function writeFilm(
  share: Share,
  film: FarmFilm,
  all: readonly Submitted[],
): Promise<FarmFilm> {
  const at = (...more: readonly string[]): string => filmPath(share, film, ...more);
  await writing(at(), async () => {
    await makeFolder(at());
    for (const folder of filmFolders) await makeFolder(at(folder));
    for (const [i, { name, text }] of all.entries()) {
      const number = String(i + 1);
      await makeFolder(at("scenes", number));
      await makeFolder(at("out", number));
      await createOnce(text, at("scenes", number, name));
    }
  });
  for (const [i, { outline }] of all.entries())
    await writeJson(at("plans", `${i + 1}.json`), outline);
  await writing(at(), () => createOnce(`${JSON.stringify(film, null, 2)}\n`, at("film.json")));
  return (await findFilm(share, film.id))!;
}

/** Throws `DISK_FULL` if the share has no room for the frames and the outputs. */
async function checkRoom({ root }: Share, all: readonly Submitted[]): Promise<void> {
  const needed = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const room = await freeBytes(root);
  if (room === undefined || needed <= room) return;
  throw new DreamError(
    "DISK_FULL",
    `the film needs about ${sizeText(needed)} of the share, most of it only until it is done; ${sizeText(room)} are free`,
    { where: root, hint: "Free some space in the share, or submit the film in parts." },
  );
}

async function submitScene(
  share: Share,
  scene: Scene,
  number: number,
  deliver: string,
  options: SubmitOptions,
): Promise<Submitted> {
  const { preview = false, onNotice, signal } = options;
  await refuseInputs(scene, deliver, sidecarOf(deliver));
  checkOutput(parseOutput(deliver), scene.output.codec);
  const engine = await planningEngine(options.engine ?? scene.engine, {});
  const common = { preview, onNotice, signal };
  const prepared = await prepareRender(scene, { ...common, engine });
  try {
    const files = await SceneFiles.read(scene);
    const outline = outlineOf(prepared, files, { preview });
    const inputs = await copyInputs(share, scene, files, signal);
    const name = scene.path === undefined ? "scene.yaml" : basename(scene.path);
    const about: FarmScene = {
      file: posix.join("scenes", String(number), name),
      output: posix.join("out", String(number), fileName(deliver)),
      deliver,
      engine: engine.name,
      frames: prepared.plan.frames,
      stretches: isSplit(prepared.plan) ? prepared.plan.shots.length : undefined,
      size: prepared.plan.size,
      pieceFrames: framesOfPiece(prepared, options),
    };
    const text = sceneText(scene, prepared, number, inputs);
    const need = predictDisk(parseOutput(deliver), prepared, scene, { parallel: true });
    const bytes = need.outputBytes + need.workBytes;
    return { text, name, outline, files: inputs.files, about, bytes };
  } finally {
    await prepared.dispose();
  }
}

/** The scene with what it leaves to be found, and its files in the share, relative to its own place there. */
function sceneText(
  given: Scene,
  { scene, tempo, engine }: PreparedRender,
  number: number,
  { places }: SceneInputs,
): string {
  const own = outputPath(given.output.target);
  const fixed: Scene = { ...withTempo(scene, tempo), engine: engine.name };
  return formatScene(fixed, (file) => {
    const place = places.get(file);
    if (place !== undefined) return posix.join("../../../../inputs", place);
    if (file === own) return posix.join("../../out", String(number), fileName(own));
    throw new DreamError("INTERNAL", "a file of the scene is not in the share", { where: file });
  });
}

/** The last part of a path, with its closing slash. */
function fileName(path: string): string {
  return basename(path) + (isFolderPath(path) ? "/" : "");
}

/** Letters, digits and dashes. */
function cleanName(name: string): string {
  const clean = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return clean.slice(0, longestName) || "film";
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return "someone";
  }
}
