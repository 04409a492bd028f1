/** A scene's text with the nodes in it: what lies where, and how values are written. */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from "yaml";
import { DreamError } from "../../errors.ts";

export type ValuePath = readonly (string | number)[];
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Texts that were parsed last: an edit looks into the same text several times. */
const parsed = new Map<string, Document>();
const mostParsed = 4;

function parseOnce(text: string): Document {
  const known = parsed.get(text);
  if (known) return known;
  const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent" });
  parsed.set(text, document);
  for (const old of [...parsed.keys()].slice(0, -mostParsed)) parsed.delete(old);
  return document;
}

/** The content of `text`, to be read only. Throws `SCENE_SYNTAX` where it is not YAML: it cannot be edited then. */
export function parseText(text: string): Document {
  const document = parseOnce(text);
  const [first] = document.errors;
  if (first)
    throw new DreamError(
      "SCENE_SYNTAX",
      `the text has an error in line ${lineOf(text, first.pos[0])}`,
      {
        hint: "Mend it first; then values can be set again.",
      },
    );
  return document;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The pair of a map with this key, whatever the key's type. */
export function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
  );
}

/** The node at `path`; undefined where there is none. */
export function nodeAt(document: Document, path: ValuePath): Node | undefined {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isMap(node)) node = pairOf(node, part)?.value;
    else if (isSeq(node)) node = node.items[Number(part)];
    else return undefined;
  }
  return isNode(node) ? node : undefined;
}

/** Where a node is written: from its first character to behind its last one that is not white space. */
export function spanOf(text: string, node: Node): readonly [number, number] {
  const start = node.range![0];
  // The range of a block ends behind its line, and behind comments that follow it.
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  let end = node.range![1];
  if (last !== undefined) end = endOf(text, last) ?? end;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  return [start, end];
}

/** Behind the last character of a pair or a list's entry. */
export function endOf(text: string, item: unknown): number | undefined {
  if (!isPair(item)) return isNode(item) ? spanOf(text, item)[1] : undefined;
  if (isNode(item.value) && item.value.range) {
    const [start, end] = spanOf(text, item.value);
    if (end > start) return end;
  }
  // No value: behind the key's colon.
  const key = item.key as Node;
  return text.indexOf(":", key.range![1] - 1) + 1;
}

export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line's text ends, before its line break. */
export function endOfLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

export function lineBreakOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

export function splice(text: string, from: number, to: number, insert: string): string {
  return text.slice(0, from) + insert + text.slice(to);
}

/** A value on one line, as the examples write it: `{ zoom: 1.2 }`, `[0.5, 0.4]`. */
export function inline(value: Plain): string {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${inline(inner)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  if (typeof value !== "string") return String(value);
  const plain = stringify(value, { lineWidth: 0, defaultStringType: "PLAIN" }).trimEnd();
  // A plain text is cut by these inside brackets.
  return /[,[\]{}\n]/.test(value) && plain === value
    ? JSON.stringify(value)
    : plain.includes("\n")
      ? JSON.stringify(value)
      : plain;
}

/** A key; names of channels, `motifs3:17`, are quoted as in the examples. */
export function keyText(key: string): string {
  return /^[\w./-]+$/.test(key) ? inline(key) : JSON.stringify(key);
}

/** A number without the noise of binary fractions. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(10)));
}

/** Whether the text gives a value at `path`. Broken YAML gives none. */
export function isWritten(text: string, path: ValuePath): boolean {
  const document = parseOnce(text);
  return document.errors.length === 0 && nodeAt(document, path) !== undefined;
}

/** A value as plain text, where the text gives one: `8s`, `24`. Broken YAML gives none. */
export function writtenAt(text: string, path: ValuePath): string | undefined {
  const document = parseOnce(text);
  const node = document.errors.length === 0 ? nodeAt(document, path) : undefined;
  if (!isScalar(node)) return node ? "" : undefined;
  return node.value === null ? undefined : String(node.source ?? node.value);
}

/** The keys of the map at `path`, or the names of a short form. Broken YAML gives none. */
export function keysAt(text: string, path: ValuePath): readonly string[] | undefined {
  const document = parseOnce(text);
  const node = document.errors.length === 0 ? nodeAt(document, path) : undefined;
  if (isMap(node)) return node.items.map(({ key }) => String(isScalar(key) ? key.value : key));
  if (isSeq(node)) return node.items.map((item) => String(isScalar(item) ? item.value : item));
  return isScalar(node) && node.value !== null ? [String(node.value)] : undefined;
}
