/** Where and how a value is written into a YAML text; undefined where the layout does not allow for it. */
import {
  Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { YamlPath } from "./yaml-text.ts";

/** `text` in place of what is from `from` to `to`. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A value in one line, as it stands within `{ }` and `[ ]`. */
function inline(value: unknown): string {
  const document = new Document([value]);
  const list = document.contents as unknown as YAMLSeq;
  list.flow = true;
  for (const item of list.items) if (isCollection(item)) flowAll(item);
  // [ value ]
  return document.toString({ lineWidth: 0 }).trim().slice(1, -1).trim();
}

function flowAll(node: unknown): void {
  if (!isCollection(node)) return;
  node.flow = true;
  for (const item of node.items) flowAll(isPair(item) ? item.value : item);
}

/** A key with its value: small maps in one line. */
function pair(key: string | number, value: unknown): string {
  return `${inline(String(key))}: ${inline(value)}`;
}

export function replaceSplice(
  text: string,
  document: Document,
  path: YamlPath,
  value: unknown,
): Splice | undefined {
  const node = document.getIn(path, true);
  if (!isNode(node) || !node.range) return undefined;
  const [from, end] = node.range;
  const written = inline(value);
  if (isCollection(node) && !node.flow) {
    // A block stands on lines of its own below its key.
    const parent = document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return undefined;
    const key = pairOf(parent, path.at(-1)!)?.key;
    const keyEnd = isNode(key) ? key.range?.[1] : undefined;
    const colon = keyEnd === undefined ? -1 : text.indexOf(":", keyEnd);
    if (colon < 0 || text.slice(colon + 1, from).trim() !== "") return undefined;
    return { from: colon + 1, to: lastOffset(node), text: ` ${written}` };
  }
  if (isScalar(node) && node.value === null && from === end) {
    const space = /\s/.test(text[from - 1] ?? "") ? "" : " ";
    return { from, to: from, text: `${space}${written}` };
  }
  const isBlock = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  return { from, to: end, text: isBlock ? `${written}\n` : written };
}

/** An item of a list at `index`, or a pair of a map. */
export type NewItem =
  | { readonly key: string | number; readonly value: unknown }
  | { readonly index: number; readonly value: unknown };

export function insertSplice(
  text: string,
  document: Document,
  parent: YamlPath,
  item: NewItem,
): Splice | undefined {
  const found = parent.length === 0 ? document.contents : document.getIn(parent, true);
  if (!isMap(found) && !isSeq(found)) return undefined;
  if (found.flow) return insertInFlow(text, found, item);
  if (isMap(found) && "key" in item) return insertPair(text, found, item, parent.length === 0);
  if (isSeq(found) && "index" in item) return insertEntry(text, found, item);
  return undefined;
}

/** Within `{ }` or `[ ]`. */
function insertInFlow(text: string, found: YAMLMap | YAMLSeq, item: NewItem): Splice | undefined {
  const [start, end] = found.range ?? [0, 0];
  const written = "key" in item ? pair(item.key, item.value) : inline(item.value);
  if (found.items.length === 0) {
    const [open, close] = isMap(found) ? ["{ ", " }"] : ["[", "]"];
    return { from: start, to: end, text: `${open}${written}${close}` };
  }
  const index = "index" in item ? item.index : found.items.length;
  if (index < found.items.length) {
    const from = firstOffset(found.items[index]);
    return from === undefined ? undefined : { from, to: from, text: `${written}, ` };
  }
  const from = lastOffset(found.items.at(-1));
  return { from, to: from, text: `, ${written}` };
}

/** A new line after the last pair of a map. */
function insertPair(
  text: string,
  map: YAMLMap,
  { key, value }: { readonly key: string | number; readonly value: unknown },
  isTop: boolean,
): Splice | undefined {
  const first = firstOffset(map.items[0]);
  if (first === undefined) return undefined;
  const indent = " ".repeat(columnOf(text, first));
  const at = lineEnd(text, lastOffset(map.items.at(-1)));
  // Sections of a scene are set apart, where the others are.
  const gap = isTop && isSection(value) && /\n[^\S\n]*\n/.test(text) ? "\n" : "";
  const written =
    isTop && isSection(value)
      ? `${inline(String(key))}:\n${sectionLines(value)
          .map((line) => `  ${line}`)
          .join("\n")}`
      : `${indent}${pair(key, value)}`;
  return { from: at, to: at, text: `\n${gap}${written}` };
}

/** Maps at the top of a scene have a line for each key. */
function isSection(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function sectionLines(value: object): string[] {
  if (Array.isArray(value)) return value.map((item) => `- ${inline(item)}`);
  return Object.entries(value).map(([key, inner]) => pair(key, inner));
}

/** New lines for an entry of a list, in the layout of the entry beside it. */
function insertEntry(
  text: string,
  list: YAMLSeq,
  { index, value }: { readonly index: number; readonly value: unknown },
): Splice | undefined {
  const neighbour = list.items[Math.max(0, Math.min(index, list.items.length) - 1)];
  const start = firstOffset(neighbour);
  if (start === undefined) return undefined;
  const dash = text.lastIndexOf("-", start);
  const indent = " ".repeat(columnOf(text, dash));
  const isBlock = isMap(neighbour) && !neighbour.flow && isSection(value);
  const lines = isBlock ? sectionLines(value as object) : [inline(value)];
  const space = " ".repeat(Math.max(1, start - dash - 1));
  const written = lines
    .map((line, i) => `${indent}${i === 0 ? `-${space}` : ` ${space}`}${line}`)
    .join("\n");
  if (index === 0) {
    const from = text.lastIndexOf("\n", dash) + 1;
    return { from, to: from, text: `${written}\n` };
  }
  const at = lineEnd(text, lastOffset(neighbour));
  return { from: at, to: at, text: `\n${written}` };
}

export function removeSplice(text: string, document: Document, path: YamlPath): Splice | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent) && !isSeq(parent)) return undefined;
  const key = path.at(-1)!;
  const index = isMap(parent)
    ? parent.items.findIndex((item) => keyOf(item) === String(key))
    : Number(key);
  const item = parent.items[index];
  const from = firstOffset(item);
  if (item === undefined || from === undefined) return undefined;
  const to = lastOffset(item);
  if (parent.flow) {
    const next = firstOffset(parent.items[index + 1]);
    if (next !== undefined) return { from, to: next, text: "" };
    const before = index > 0 ? lastOffset(parent.items[index - 1]) : undefined;
    return before === undefined ? undefined : { from: before, to, text: "" };
  }
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const lead = text.slice(start, from).trim();
  // The first key of an entry stands on the line of its dash.
  if (lead !== "" && !(isSeq(parent) && lead === "-")) return undefined;
  const end = lineEnd(text, to);
  return end < text.length
    ? { from: start, to: end + 1, text: "" }
    : { from: Math.max(0, start - 1), to: end, text: "" };
}

function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find((item) => keyOf(item) === String(key));
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function firstOffset(item: unknown): number | undefined {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Where the last character of a value ends, without comments and empty lines after it. */
function lastOffset(item: unknown): number {
  if (isPair(item)) {
    const value = item.value as Node | null;
    return value?.range && value.range[1] > value.range[0]
      ? lastOffset(value)
      : ((item.key as Node).range?.[1] ?? 0) + 1;
  }
  if (isCollection(item) && !item.flow && item.items.length > 0)
    return lastOffset(item.items.at(-1));
  const [, end = 0] = (item as Node | undefined)?.range ?? [];
  const isBlock = isScalar(item) && (item.type === "BLOCK_LITERAL" || item.type === "BLOCK_FOLDED");
  return isBlock ? end - 1 : end;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** The end of the line that an offset is in, before its line break. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  const at = end < 0 ? text.length : end;
  return text[at - 1] === "\r" ? at - 1 : at;
}
