/** Parses text to a YAML document; time and memory are proportional to the text. */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  Parser,
} from "yaml";
import type { Problem } from "./problems.ts";
import { yamlProblems } from "./yaml-problems.ts";

/** Most characters; scenes have a few thousand. */
export const longestScene = 1 << 20;
/** Deepest nesting of maps and lists; the language needs 8 levels. */
const deepest = 32;
/** Largest factor by which aliases may multiply the document. */
const maxAliases = 100;

const tooLong = "the scene is longer than a megabyte";
const tooDeep = `maps and lists are nested more than ${deepest} deep; a scene needs 8 at most`;

/** A document with its YAML problems; do not use its content if there are any. */
export interface YamlText {
  readonly document: Document;
  readonly problems: readonly Problem[];
}

/** Parse `text`. `counter` records where lines begin. */
export function readYaml(text: string, counter?: LineCounter): YamlText {
  const composer = new Composer({
    // The library's check is quadratic; `keyProblems` uses a set.
    uniqueKeys: false,
    // Its warnings, such as one for a list as a key, are problems here.
    logLevel: "silent",
  });
  const fail = (message: string, position?: number): YamlText => ({
    document: [...composer.compose([], true, 0)][0]!,
    problems: [{ path: [], message, position }],
  });
  if (text.length > longestScene) return fail(tooLong);
  const parser = new Parser(counter?.addNewLine);
  // Composing is recursive and parsing is not: check the depth before it can overflow the stack.
  const tokens = [];
  for (const token of parser.parse(text)) tokens.push(token);
  const deep = depthOf(tokens);
  if (deep !== undefined) return fail(tooDeep, deep);
  const [document, second] = composer.compose(tokens, true, text.length);
  const problems = yamlProblems(document!.errors);
  if (second) {
    const message = "a file contains one scene; the text after --- is a second document";
    problems.push({ path: [], message, position: second.range[0] });
  }
  return { document: document!, problems: [...problems, ...keyProblems(document!)] };
}

/** The document's content as plain values. Throws an `Error` for aliases that multiply it too far or are undefined. */
export function toPlain(document: Document): unknown {
  return document.toJS({ maxAliasCount: maxAliases });
}

/** The position at which nesting becomes too deep, or undefined. */
function depthOf(tokens: readonly object[]): number | undefined {
  const open: { part: object; depth: number }[] = tokens.map((part) => ({ part, depth: 0 }));
  while (open.length > 0) {
    const { part, depth } = open.pop()!;
    const { items, offset, key, value } = part as Partial<
      Record<"items" | "offset" | "key" | "value", unknown>
    >;
    const deeper = Array.isArray(items) ? depth + 1 : depth;
    if (deeper > deepest) return typeof offset === "number" ? offset : 0;
    const inner = [...(Array.isArray(items) ? items : []), key, value];
    for (const next of inner)
      if (typeof next === "object" && next !== null) open.push({ part: next, depth: deeper });
  }
  return undefined;
}

/** Keys that are repeated, are not text, or are reserved. */
function keyProblems(document: Document): Problem[] {
  const problems: Problem[] = [];
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isSeq(node)) for (const item of node.items) open.push(item);
    if (!isMap(node)) continue;
    const seen = new Set<unknown>();
    for (const { key, value } of node.items) {
      const message = keyProblem(key, seen);
      const position = isNode(key) ? key.range?.[0] : undefined;
      if (message !== undefined) problems.push({ path: [], message, position });
      if (isScalar(key)) seen.add(key.value);
      open.push(value);
    }
  }
  return problems;
}

function keyProblem(key: unknown, seen: ReadonlySet<unknown>): string | undefined {
  if (isAlias(key) || !isScalar(key)) return "a key must be plain text";
  if (seen.has(key.value)) return `the key "${key.value}" is given twice`;
  // Plain objects drop this key silently.
  if (key.value === "__proto__") return '"__proto__" is a reserved name';
  return undefined;
}
