import { basename } from "node:path";
import { type Document, isMap, isScalar, isSeq, LineCounter } from "yaml";
import { messageOf } from "../errors.ts";
import { buildScene } from "./build.ts";
import { checkScene, checkSource } from "./check.ts";
import { placesIn } from "./places.ts";
import { plainForm } from "./plain-forms.ts";
import { fromIssue, type Problem, problemsError, type SceneText } from "./problems.ts";
import { readYaml, toPlain } from "./read-yaml.ts";
import type { Scene } from "./scene.ts";
import { sceneSchema } from "./schema.ts";

export interface ParseOptions {
  /** The scene's file: base of relative paths, and its name in messages. */
  readonly path?: string;
  /** `path=value` overrides, values in YAML. */
  readonly set?: readonly string[];
  /** Paths of named files that are not beside the scene. */
  readonly files?: ReadonlyMap<string, string>;
}

/** Most parts in a path of `--set`. */
const longestPath = 16;
/** Most characters of a `--set` argument in a message. */
const longestArgument = 120;

/**
 * Read a scene. Throws one `SCENE_SYNTAX` or `SCENE_INVALID` that lists every problem with line, column and a caret.
 */
export function parseScene(text: string, options: ParseOptions = {}): Scene {
  const name = options.path ?? "scene";
  const lines = new LineCounter();
  const { document, problems: syntax } = readYaml(text, lines);
  const source: SceneText = { text, name, document, lines, overrides: {} };
  if (syntax.length > 0) throw problemsError(source, syntax, "SCENE_SYNTAX");
  const overrides = new Map<string, string>();
  const problems = (options.set ?? []).flatMap((argument) =>
    applyOverride(document, argument, overrides),
  );
  const printed = [...overrides].map(([path, argument]) => [path, printedOverride(argument)]);
  const withOverrides: SceneText = { ...source, overrides: Object.fromEntries(printed) };
  if (problems.length > 0) throw problemsError(withOverrides, problems);

  const plain = sceneMap(withOverrides);
  const result = sceneSchema.safeParse(plain, { reportInput: true });
  const found = [
    ...(result.error?.issues ?? []).flatMap(fromIssue),
    ...checkSource(plain),
    ...(result.success ? checkScene(result.data) : []),
  ];
  if (!result.success || found.length > 0) throw problemsError(withOverrides, found);
  return buildScene(result.data, {
    ...(options.path === undefined ? {} : { path: options.path }),
    ...(options.files ? { files: options.files } : {}),
    stem: basename(name).replace(/\.[^.]*$/, ""),
    places: { tree: placesIn(document, lines), name, overrides: withOverrides.overrides },
  });
}

function sceneMap(source: SceneText): Record<string, unknown> {
  try {
    const value = toPlain(source.document);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw problemsError(source, [{ path: [], message: lower(messageOf(error)) }], "SCENE_SYNTAX");
  }
  throw problemsError(source, [
    { path: [], message: "a scene is a map of keys, such as source: { noise: {} }" },
  ]);
}

function printedOverride(argument: string): string {
  const isLong = argument.length > longestArgument;
  return `--set ${isLong ? `${argument.slice(0, longestArgument)}…` : argument}`;
}

/** Put one `a.b=value` into the document. Layer names may hold dots: the longest known key wins. */
function applyOverride(
  document: Document,
  argument: string,
  overrides: Map<string, string>,
): Problem[] {
  const split = argument.indexOf("=");
  const path = argument.slice(0, Math.max(0, split)).trim();
  overrides.set(path, argument);
  if (split < 1)
    return [{ path: [path], message: `"${argument}" is not path=value, such as dream.octaves=3` }];
  const keys = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const { document: value, problems } = readYaml(argument.slice(split + 1));
  const wrong =
    problems[0]?.message ??
    (keys.length > longestPath || keys.includes("__proto__")
      ? "the scene has no such key"
      : beyond(document, keys));
  if (wrong !== undefined) return [{ path: [path], message: wrong }];
  try {
    openPlainForms(document, keys);
    document.setIn(keys, document.createNode(toPlain(value)));
    return [];
  } catch (error) {
    return [{ path: [path], message: lower(messageOf(error).split("\n")[0] ?? "") }];
  }
}

/** Expand plain values on the path to the maps that they stand for. Throws an `Error` if one stands for no map. */
function openPlainForms(document: Document, keys: readonly (string | number)[]): void {
  for (let length = 1; length < keys.length; length++) {
    const above = keys.slice(0, length);
    const node = document.getIn(above, true);
    const names = isSeq(node) && typeof keys[length] === "string";
    if (!isScalar(node) && !names) continue;
    const map = plainForm(String(above.at(-1)), node.toJSON());
    if (!map) {
      const [whole, kind] = [above.join("."), names ? "a list" : String(node.toJSON())];
      throw new Error(`${whole} is ${kind}, which has no keys; set ${whole} as a whole`);
    }
    document.setIn(above, document.createNode(map));
  }
}

/** The problem of a list index that is more than one beyond the end. */
function beyond(document: Document, keys: readonly (string | number)[]): string | undefined {
  for (const [i, key] of keys.entries()) {
    if (typeof key !== "number") continue;
    const list = i === 0 ? document.contents : document.getIn(keys.slice(0, i), true);
    const length = isSeq(list) ? list.items.length : 0;
    if (!isMap(list) && key > length) return `the list there has ${length} entries`;
  }
  return undefined;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
