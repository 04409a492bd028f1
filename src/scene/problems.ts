/** Converts errors of zod and yaml into messages for users. */
import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { DreamError, type ErrorCode, type ScenePlace, type SceneProblem } from "../errors.ts";
import { didYouMean } from "./did-you-mean.ts";
import { unknownKey } from "./key-hints.ts";
import { overrideOf } from "./places.ts";
import { wrongType } from "./type-hints.ts";

export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether it concerns the key, not its value. */
  readonly onKey?: boolean;
  /** Offset in the value, characters. */
  readonly offset?: number;
  /** Offset in the text, for YAML errors. */
  readonly position?: number;
}

/** The text of a scene with the data needed to locate values in it. */
export interface SceneText {
  readonly text: string;
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** `--set` arguments as printed, by the path that they set. */
  readonly overrides: Readonly<Record<string, string>>;
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
      // Show the closest alternative: the one whose type matches the value.
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
          offset,
        },
      ];
    }
    case "too_small":
    case "too_big":
      return [{ path, message: outOfBounds(issue) }];
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

/** The message for a number outside its range, or a text or list of the wrong length. */
function outOfBounds(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [limit, words] =
    issue.code === "too_small"
      ? [issue.minimum, issue.inclusive ? "at least" : "more than"]
      : [issue.maximum, issue.inclusive ? "at most" : "less than"];
  if (issue.origin === "string")
    return issue.code === "too_small" ? "is empty" : `is longer than ${limit} characters`;
  if (issue.origin === "array")
    return issue.code === "too_small" && limit === 1
      ? "is an empty list"
      : `must have ${words} ${limit} entries`;
  return `${issue.input} is out of range: it must be ${words} ${limit}`;
}

/** Most problems in a message; the rest are counted. */
const [maxNotices, maxCarried] = [20, 200];
/** Longest texts of a problem and of its path, characters. */
const [longestMessage, longestPath] = [1000, 120];

/** One error for all problems, up to a limit: each with its place, the line and a caret. */
export function problemsError(
  source: SceneText,
  problems: readonly Problem[],
  code: ErrorCode = "SCENE_INVALID",
): DreamError {
  const carried = inOrder(source, problems.slice(0, maxCarried));
  const places = carried.map(({ problem, at }) => problemAt(source, problem, at));
  const blocks = inOrder(source, problems.slice(0, maxNotices)).map(({ problem, at }) => ({
    where: whereOf(source, problem, at),
    text: `${cut(subject(problem), longestPath)}${cut(problem.message, longestMessage)}${excerpt(source, problem, at)}`,
  }));
  const hint =
    'docs/scene-language.md lists every key; "dreamreel schema" gives a schema for your editor.';
  if (blocks.length === 1)
    return new DreamError(code, blocks[0]!.text, {
      where: blocks[0]!.where,
      hint,
      problems: places,
    });
  const rest = problems.length - blocks.length;
  const list = [
    ...blocks.map(({ where, text }) => `${where}: ${text}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join("\n");
  return new DreamError(code, `${problems.length} problems\n${list}`, {
    where: source.name,
    hint,
    problems: places,
  });
}

function inOrder(
  source: SceneText,
  problems: readonly Problem[],
): { readonly problem: Problem; readonly at: number | undefined }[] {
  return problems
    .map((problem) => ({ problem, at: positionOf(source, problem) }))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

/** Messages say what is wrong, then, behind a semicolon, what is valid or what to do. */
function problemAt(source: SceneText, problem: Problem, at: number | undefined): SceneProblem {
  const { where: _, ...place } = placeOf(source, problem, at);
  const text = cut(problem.message, longestMessage);
  const [, message = text, hint] = /^((?:"[^"]*"|[^";]|;(?! ))+); (.+)$/s.exec(text) ?? [];
  return { ...place, message, hint };
}

function placeOf(source: SceneText, problem: Problem, at: number | undefined): ScenePlace {
  const where = whereOf(source, problem, at);
  const { path } = problem;
  if (at === undefined || where.startsWith("--set")) return { path, where };
  const { line, col } = source.lines.linePos(at);
  return { path, line, column: col, where };
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
  const override = overrideOf(source.overrides, problem.path);
  if (override !== undefined) return override;
  if (at === undefined) return source.name;
  const { line, col } = source.lines.linePos(at);
  return `${source.name}:${line}:${col}`;
}

function excerpt(source: SceneText, problem: Problem, at: number | undefined): string {
  if (at === undefined || whereOf(source, problem, at).startsWith("--set")) return "";
  const { line, col } = source.lines.linePos(at);
  // For a long line, the part around the position.
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
