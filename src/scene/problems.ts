/** From what zod and yaml complain about to what a person reads. */
import { closest, distance } from "fastest-levenshtein";
import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { DreamError, type ErrorCode } from "../errors.ts";

export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether it is about the key and not its value. */
  readonly onKey?: boolean;
  /** Characters into the value. */
  readonly offset?: number;
  /** A place in the text, where yaml itself complains. */
  readonly position?: number;
}

/** The text of a scene with what is needed to point into it. */
export interface SceneText {
  readonly text: string;
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** `--set` arguments by the path they set. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** The path of a zod issue's problems; unknown keys give one problem each. */
export function fromIssue(
  issue: z.core.$ZodIssue,
  known: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol") as (string | number)[];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        onKey: true,
        message: unknownKey(key, path, known),
      }));
    case "invalid_value":
      return [
        {
          path,
          message: `must be one of ${issue.values.join(", ")}${typeof issue.input === "string" ? didYouMean(issue.input, issue.values.map(String)) : ""}`,
        },
      ];
    case "invalid_type":
      return [
        {
          path,
          message:
            issue.input === undefined
              ? "is missing"
              : `must be ${article(issue.expected)}, not ${describe(issue.input)}`,
        },
      ];
    case "invalid_union": {
      // Show the alternative that came closest: the one that took the value's type.
      const deeper = issue.errors
        .map((list) => list as z.core.$ZodIssue[])
        .filter(
          (list) =>
            !list.some(
              ({ code, path }) => /^invalid_(type|union)$/.test(code) && path.length === 0,
            ),
        );
      if (deeper.length === 1)
        return deeper[0]!.flatMap((inner) =>
          fromIssue({ ...inner, path: [...issue.path, ...inner.path] }, known),
        );
      const expected = issue.errors.flatMap((list) =>
        list.flatMap((inner) =>
          inner.code === "invalid_type"
            ? article(inner.expected)
            : inner.code === "invalid_value"
              ? inner.values.map(String)
              : [],
        ),
      );
      return [
        {
          path,
          message: `must be ${[...new Set(expected)].join(" or ")}, not ${describe(issue.input)}`,
        },
      ];
    }
    case "custom": {
      const { offset } = (issue.params ?? {}) as { offset?: number };
      return [
        {
          path,
          message: issue.message,
          ...(offset === undefined ? {} : { offset }),
        },
      ];
    }
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

function unknownKey(
  key: string,
  path: readonly (string | number)[],
  known: (path: readonly PropertyKey[]) => readonly string[],
): string {
  // What a shot may say, but no moment of it.
  const start = path.lastIndexOf("timeline");
  const inShot = known([...path.slice(0, Math.max(0, start)), ...path.slice(start + 2)]);
  if (start >= 0 && inShot.includes(key)) {
    return key === "model"
      ? "the network changes only at a cut between shots; give each shot its model"
      : `"${key}" cannot change within a shot; say it outside the timeline, or use shots`;
  }
  return `unknown key "${key}"${didYouMean(key, known(path))}`;
}

/** How many problems are told; the rest is counted. */
const mostTold = 20;
/** Characters of a problem, of its path and of a `--set` argument. */
const [longestMessage, longestPath, longestArgument] = [1000, 120, 120];

/** All problems as one error, or the first of very many: each with its place, the line itself and a caret. */
export function problemsError(
  source: SceneText,
  problems: readonly Problem[],
  code: ErrorCode = "SCENE_INVALID",
): DreamError {
  const told = problems.slice(0, mostTold);
  const sorted = told
    .map((problem) => ({ problem, at: positionOf(source, problem) }))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const blocks = sorted.map(({ problem, at }) => ({
    where: whereOf(source, problem, at),
    text: `${cut(subject(problem), longestPath)}${cut(problem.message, longestMessage)}${excerpt(source, problem, at)}`,
  }));
  const hint =
    'docs/scene-language.md lists every key; "dreamreel schema" gives a schema for your editor.';
  if (blocks.length === 1)
    return new DreamError(code, blocks[0]!.text, { where: blocks[0]!.where, hint });
  const rest = problems.length - told.length;
  const list = [
    ...blocks.map(({ where, text }) => `${where}: ${text}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join("\n");
  return new DreamError(code, `${problems.length} problems\n${list}`, { where: source.name, hint });
}

/** `file:line:column` of a value or its key, or undefined where it is not written in the scene. */
export function locate(
  source: SceneText,
  path: readonly (string | number)[],
  part?: "key",
): string | undefined {
  const problem: Problem = { path, message: "", onKey: part === "key" };
  const at = positionOf(source, problem);
  const where = whereOf(source, problem, at);
  return at === undefined && where === source.name ? undefined : where;
}

function positionOf(source: SceneText, problem: Problem): number | undefined {
  if (problem.position !== undefined) return problem.position;
  const { path } = problem;
  if (problem.onKey) {
    const parent =
      path.length > 1 ? source.document.getIn(path.slice(0, -1), true) : source.document.contents;
    const pair = isMap(parent)
      ? parent.items.find(
          (item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1),
        )
      : undefined;
    const key = pair?.key;
    if (isNode(key) && key.range) return key.range[0];
  }
  for (let length = path.length; length > 0; length--) {
    const node = source.document.getIn(path.slice(0, length), true) as Node | undefined;
    if (isNode(node) && node.range) {
      const quoted =
        isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") ? 1 : 0;
      return (
        node.range[0] +
        (problem.offset === undefined || length < path.length ? 0 : problem.offset + quoted)
      );
    }
  }
  return undefined;
}

function whereOf(source: SceneText, problem: Problem, at: number | undefined): string {
  for (let length = problem.path.length; length > 0; length--) {
    const override = source.overrides.get(problem.path.slice(0, length).join("."));
    if (override !== undefined) return `--set ${cut(override, longestArgument)}`;
  }
  if (at === undefined) return source.name;
  const { line, col } = source.lines.linePos(at);
  return `${source.name}:${line}:${col}`;
}

function excerpt(source: SceneText, problem: Problem, at: number | undefined): string {
  if (at === undefined || whereOf(source, problem, at).startsWith("--set")) return "";
  const { line, col } = source.lines.linePos(at);
  // Of a long line, what is around the place.
  const from = col > 140 ? col - 100 : 0;
  const start = source.lines.lineStarts[line - 1]! + from;
  const text = source.text.slice(start, start + 160).split(/\r?\n/)[0];
  return `\n    ${text}\n    ${" ".repeat(Math.max(0, col - 1 - from))}^`;
}

function subject({ path, onKey, message }: Problem): string {
  return onKey || path.length === 0 || message.startsWith("source needs")
    ? ""
    : `${path.join(".")}: `;
}

/** `; did you mean "octaves"?` where something is near enough. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  if (word.length > 200) return `; there are ${known.join(", ")}`;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3))
    ? `; did you mean "${best}"?`
    : `; there are ${known.join(", ")}`;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function describe(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map of keys";
  return typeof value === "string" ? `the text "${value.slice(0, 60)}"` : `${value}`;
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: "a map of keys",
    record: "a map of keys",
    array: "a list",
    tuple: "a list",
    string: "text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
  };
  return words[type] ?? type;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
