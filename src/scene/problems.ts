/** From what zod and yaml complain about to what a person reads. */
import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { DreamError, type ErrorCode } from "../errors.ts";
import { didYouMean } from "./did-you-mean.ts";
import { unknownKey } from "./key-hints.ts";
import { wrongType } from "./type-hints.ts";

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
export function fromIssue(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol") as (string | number)[];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        onKey: true,
        message: unknownKey(key, path),
      }));
    case "invalid_value":
      return [
        {
          path,
          message: `must be one of ${issue.values.join(", ")}${typeof issue.input === "string" ? didYouMean(issue.input, issue.values.map(String)) : ""}`,
        },
      ];
    case "invalid_type":
      return [{ path, message: wrongType(issue.input, [issue.expected], path) }];
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
          fromIssue({ ...inner, path: [...issue.path, ...inner.path] }),
        );
      const expected = issue.errors.flatMap((list) =>
        list.flatMap((inner) =>
          inner.code === "invalid_type"
            ? [inner.expected]
            : inner.code === "invalid_value"
              ? inner.values.map(String)
              : [],
        ),
      );
      return [{ path, message: wrongType(issue.input, expected, path) }];
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

/** How many problems are told; the rest is counted. */
const maxNotices = 20;
/** Characters of a problem, of its path and of a `--set` argument. */
const [longestMessage, longestPath, longestArgument] = [1000, 120, 120];

/** All problems as one error, or the first of very many: each with its place, the line itself and a caret. */
export function problemsError(
  source: SceneText,
  problems: readonly Problem[],
  code: ErrorCode = "SCENE_INVALID",
): DreamError {
  const told = problems.slice(0, maxNotices);
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

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
