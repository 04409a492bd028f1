import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type EngineChoice, engineChoices } from "../../choices.ts";
import { exists } from "../../disk/exists.ts";
import { readFileBytes } from "../../disk/read-file.ts";
import { checkFolder } from "../../disk/write-atomically.ts";
import type { DreamOptions } from "../../dream/settings.ts";
import { DreamError, messageOf } from "../../errors.ts";
import { isPicture, readImage } from "../../image/image.ts";
import type { ModelSpec } from "../../models/open.ts";
import { isNetworkFile } from "../../network.ts";
import type { RenderPlan } from "../../pipeline/plan/plan.ts";
import { readRecipe } from "../../pipeline/recipe/recipe.ts";
import { clockAt } from "../../scene/clock.ts";
import { parseScene } from "../../scene/parse.ts";
import { resolveFrame } from "../../scene/resolve.ts";
import type { Scene } from "../../scene/scene.ts";
import { momentOf, parseShotTime } from "../../scene/time.ts";
import { toNumber } from "../../video/rational.ts";
import { adviceForValue, refuseBinary } from "./not-a-scene.ts";

/** Size limit for scene files, bytes; larger than any scene in practice. */
const maxSceneBytes = 4 << 20;

/**
 * Read and parse a scene file with the overrides `set`. Throws `SCENE_NOT_FOUND`, `NOT_A_FILE`, `TOO_LARGE`,
 * `SCENE_SYNTAX` for a binary file, and the errors of `parseScene`.
 */
export async function loadScene(path: string, set: readonly string[] = []): Promise<Scene> {
  let text: string;
  refuseFiles("--set", set);
  try {
    // Check the type first: opening a pipe blocks until something writes to it.
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new DreamError("NOT_A_FILE", "this is a folder, not a scene", {
        where: path,
        hint: `Give the path of a YAML scene. To dream on the folder's pictures, write a scene with source: { frames: ${path} }.`,
      });
    }
    if (found.isFile()) await refuseBinary(path);
    text = (await readFileBytes(path, { maxBytes: maxSceneBytes })).toString("utf8");
  } catch (cause) {
    if (cause instanceof DreamError) throw cause;
    throw new DreamError("SCENE_NOT_FOUND", `cannot read the scene: ${messageOf(cause)}`, {
      where: path,
      hint: "Give the path of a YAML scene; scenes/ has examples.",
      cause,
    });
  }
  if (readRecipe(text)) {
    const hint = `\`dreamreel reproduce\` makes that render again: dreamreel reproduce ${path}`;
    throw new DreamError("SCENE_INVALID", "this is the recipe of a render, not a scene", {
      where: path,
      hint,
    });
  }
  return parseScene(text, { path, set });
}

/** A network argument, which is a name or a path. Throws `USAGE` for a file that is not a network. */
export function modelArgument(text: string): ModelSpec {
  if (!/\.onnx$/i.test(text)) refuseFiles("the network", [text], "a network in an .onnx file");
  return isNetworkFile(text) ? { file: resolve(text) } : { name: text };
}

/** Parse `12..48` as first and last frame, inclusive. Throws `USAGE`. */
export function frameRange(text: string): [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (!match)
    throw usage(
      `--frames ${text}: it must be A..B, such as 0..23; frames count from 0, and both ends are included`,
      text,
    );
  return [Number(match[1]), Number(match[2])];
}

/** The frame of a plan at a time such as `4s`, `1:30`, `96f`, `8b` or `50%`. Throws `USAGE`. */
export function frameAt(
  option: string,
  text: string,
  { frames, fps, beats }: Pick<RenderPlan, "frames" | "fps" | "beats">,
): number {
  const time = parseShotTime(text);
  if (!time)
    throw usage(`${option} ${text}: it must be a time, such as 4s, 1:30, 96f, 8b or 50%`, text);
  const rate = toNumber(fps);
  const frame = Math.round(momentOf(time, clockAt(0, frames, rate, { beats })) * rate);
  if (frame < frames) return frame;
  throw usage(
    `${option} ${text}: the scene ends at ${(frames / rate).toFixed(2)} s, frame ${frames - 1}`,
  );
}

/** Collect the values of a repeated option. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** Check that `value` is one of `choices`. Throws `USAGE`. */
export function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw usage(`${name} ${value}: it must be one of ${choices.join(", ")}`, value);
  return found;
}

/** The engine that `--engine` names; undefined without the option. Throws `USAGE`. */
export function engineOption(value: string | undefined): EngineChoice | undefined {
  return value === undefined ? undefined : oneOf("--engine", value, engineChoices);
}

/** Throws `USAGE` if a value is a file name instead of `is`. */
export function refuseFiles(option: string, values: readonly string[], is = "path=value"): void {
  for (const value of values)
    if (!value.includes("=") && adviceForValue(value) !== undefined)
      throw usage(`${option} ${value}: this is a file, and not ${is}`, value);
}

/** Parse names with optional weights, such as `motifs3,edges=0.5`. Numbers after a comma are channels: `motifs3:3,7-9`. */
export function weights(text: string): Record<string, number> {
  refuseFiles("the names", [text], "a name with an optional weight");
  return Object.fromEntries(
    text.split(/,(?!\s*\d)/).map((part): [string, number] => {
      const [name = "", weight = "1"] = part.split("=").map((s) => s.trim());
      if (!name || !Number.isFinite(Number(weight)))
        throw usage(`"${part}" is not a name with an optional weight, such as creatures1=0.5`);
      return [name, Number(weight)];
    }),
  );
}

/** Parse a whole number from `min` to `max`. Throws `USAGE`. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw usage(`${name} ${text}: it must be a whole number from ${min} to ${max}`, text);
  return value;
}

/** Convert `--set key=value` to overrides of a scene. Keys are under `dream` unless they start with one of `others`. */
export function underDream(set: readonly string[], others: readonly string[] = []): string[] {
  refuseFiles("--set", set);
  return set.map((argument) => {
    const head = /^\w*/.exec(argument)![0];
    return head === "dream" || others.includes(head) ? argument : `dream.${argument}`;
  });
}

/**
 * Parse dream settings from `--set key=value` with the scene language, so that checks and messages are the same. Paths are
 * relative to the working folder.
 */
export async function dreamSettings(
  set: readonly string[],
  onNotice: (message: string) => void,
): Promise<DreamOptions> {
  const scene = parseScene("source: { noise: {} }", { path: "dream", set: underDream(set) });
  const { guideStrength: strength = 1, ...dream } = resolveFrame(scene, clockAt(0, 1, 1)).dream;
  const { guide } = scene.dream;
  if (!guide) return dream;
  const frame = await readImage(guide.file, undefined, onNotice);
  return { ...dream, guide: { frame, match: guide.match, strength } };
}

/** The absolute path of an output picture. Throws `USAGE` for another file extension. */
export function pictureFile(text: string): string {
  const file = resolve(text);
  if (isPicture(file)) return file;
  throw new DreamError("USAGE", `-o ${text}: it must be a picture`, {
    hint: "End the name in .png, .jpg, .webp, .tif or .avif.",
  });
}

/**
 * Throws `OUTPUT_EXISTS` if the output exists and `force` is not set, `OUTPUT_UNWRITABLE` if its folder cannot be created
 * or written to.
 */
export async function refuseExisting({
  output,
  force,
}: {
  readonly output: string;
  readonly force?: boolean;
}): Promise<void> {
  if (!force && (await exists(output))) {
    throw new DreamError("OUTPUT_EXISTS", "the output exists", {
      where: output,
      hint: "Choose another name with -o, or replace it with --force.",
    });
  }
  await checkFolder(output);
}

/** A usage error. If `given` is a file name, the hint shows how a scene uses the file. */
function usage(message: string, given = ""): DreamError {
  const advice = adviceForValue(given);
  const hint = "--help shows the options.";
  return new DreamError("USAGE", message, { hint: advice ? `${advice}. ${hint}` : hint });
}
