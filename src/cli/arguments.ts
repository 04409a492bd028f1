import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DreamError, messageOf } from "../errors.ts";
import { bundledNames } from "../models/bundled.ts";
import type { ModelSpec } from "../models/open.ts";
import type { EngineName } from "../runtime/engine.ts";
import { parseScene } from "../scene/parse.ts";
import type { Scene } from "../scene/scene.ts";

export const engineChoices: readonly ("auto" | EngineName)[] = [
  "auto",
  "cpu",
  "webgpu",
  "cuda",
  "tfjs",
];

/** Read and parse a scene file. Throws `SCENE_NOT_FOUND` and what `parseScene` throws. */
export async function loadScene(path: string, set: readonly string[] = []): Promise<Scene> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new DreamError("SCENE_NOT_FOUND", `cannot read the scene: ${messageOf(cause)}`, {
      where: path,
      hint: "Give the path of a YAML scene; scenes/ has examples.",
      cause,
    });
  }
  return parseScene(text, { path, set });
}

/** A network as named on the command line: a bundled name, or a path. */
export function modelArgument(text: string): ModelSpec {
  return bundledNames.includes(text) || !/[/\\]|\.onnx$/i.test(text)
    ? { name: text }
    : { file: resolve(text) };
}

/** `12..48` as first and last frame, both included. */
export function frameRange(text: string): [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (!match)
    throw usage(
      `--frames ${text}: it must be A..B, such as 0..23; frames count from 0, both are included`,
    );
  return [Number(match[1]), Number(match[2])];
}

/** Collects a repeated option. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** One of `choices`. */
export function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw usage(`${name} ${value}: it must be one of ${choices.join(", ")}`);
  return found;
}

/** `motifs3,edges=0.5`: names with optional weights. A number after a channel is one more: `motifs3:3,7-9`. */
export function weights(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(/,(?!\s*\d)/).map((part): [string, number] => {
      const [name = "", weight = "1"] = part.split("=").map((s) => s.trim());
      if (!name || !Number.isFinite(Number(weight)))
        throw usage(`"${part}" is not a name with an optional weight, such as creatures1=0.5`);
      return [name, Number(weight)];
    }),
  );
}

function usage(message: string): DreamError {
  return new DreamError("USAGE", message, { hint: "--help shows the options." });
}
