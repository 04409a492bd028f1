/** Text to a YAML document, in time and memory that grow with the text alone. */
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

/** Characters; scenes are a few thousand. */
export const longestScene = 1 << 20;
/** Nested maps and lists; the language has 8. */
const deepest = 32;
/** Aliases may not multiply the document beyond this. */
const maxAliases = 100;

const tooLong = "the scene is longer than a megabyte";
const tooDeep = `maps and lists are nested more than ${deepest} deep; a scene needs 8 at most`;

/** A document, and what is wrong with it as YAML; where anything is, its content is not to be used. */
export interface YamlText {
  readonly document: Document;
  readonly problems: readonly Problem[];
}

/** Parse `text`. `counter` learns where its lines begin. */
export function readYaml(text: string, counter?: LineCounter): YamlText {
  const composer = new Composer({
    // The library compares every key with every other; ours are looked up.
    uniqueKeys: false,
    // What it would warn of, such as a list for a key, is a problem here.
    logLevel: "silent",
  });
  const fail = (message: string, position?: number): YamlText => ({
    document: [...composer.compose([], true, 0)][0]!,
    problems: [{ path: [], message, ...(position === undefined ? {} : { position }) }],
  });
  if (text.length > longestScene) return fail(tooLong);
  const parser = new Parser(counter?.addNewLine);
  // Composing recurses, parsing does not: depth is known before it can overflow the stack.
  const tokens = [];
  for (const token of parser.parse(text)) tokens.push(token);
  const deep = depthOf(tokens);
  if (deep !== undefined) return fail(tooDeep, deep);
  const [document, second] = composer.compose(tokens, true, text.length);
  const problems = yamlProblems(document!.errors);
  if (second) {
    const message = "a file holds one scene; what follows --- is a second document";
    problems.push({ path: [], message, position: second.range[0] });
  }
  return { document: document!, problems: [...problems, ...keyProblems(document!)] };
}

/** Its content as plain values. Throws an `Error` for aliases that multiply it too far or lead nowhere. */
export function toPlain(document: Document): unknown {
  return document.toJS({ maxAliasCount: maxAliases });
}

/** Where nesting becomes too deep, or undefined. */
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

/** Keys that are given twice, are no text, or are not to be used for names. */
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
      if (message !== undefined)
        problems.push({ path: [], message, ...(position === undefined ? {} : { position }) });
      if (isScalar(key)) seen.add(key.value);
      open.push(value);
    }
  }
  return problems;
}

function keyProblem(key: unknown, seen: ReadonlySet<unknown>): string | undefined {
  if (isAlias(key) || !isScalar(key)) return "a key must be plain text";
  if (seen.has(key.value)) return `the key "${key.value}" is given twice`;
  // Plain objects lose it without a word.
  if (key.value === "__proto__") return '"__proto__" cannot be a name here';
  return undefined;
}
