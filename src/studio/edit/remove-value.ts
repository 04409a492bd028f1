/** Takes a value out of a scene's text, with the maps that become empty. */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { withoutValue } from "./plain.ts";
import { means } from "./set-value.ts";
import {
  endOf,
  endOfLine,
  nodeAt,
  pairOf,
  parseText,
  splice,
  startOfLine,
  type ValuePath,
} from "./yaml-text.ts";

/** `text` without the value at `path`; the same text where there is none. Throws `SCENE_SYNTAX` for broken YAML. */
export function removeValue(text: string, path: ValuePath): string {
  const document = parseText(text);
  let whole = [...path];
  if (nodeAt(document, whole) === undefined) return text;
  while (whole.length > 1 && sizeAt(document, whole.slice(0, -1)) === 1) whole = whole.slice(0, -1);
  const written = cut(text, document, whole);
  if (written !== undefined && means(written, withoutValue(document.toJS(), whole))) return written;
  const own = document.clone();
  own.deleteIn(whole);
  return own.toString({ lineWidth: 0 });
}

/** Number of the items of a map or list; 0 for anything else. */
export function sizeAt(document: Document, path: ValuePath): number {
  const node = nodeAt(document, path);
  return isCollection(node) ? node.items.length : 0;
}

function cut(text: string, document: Document, path: ValuePath): string | undefined {
  const outer = path.length === 1 ? document.contents : nodeAt(document, path.slice(0, -1));
  if (isMap(outer)) {
    const pair = pairOf(outer, path.at(-1)!);
    const index = outer.items.indexOf(pair!);
    return index < 0 ? undefined : cutItem(text, outer, index);
  }
  return isSeq(outer) ? cutItem(text, outer, Number(path.at(-1))) : undefined;
}

function startOfItem(item: unknown): number | undefined {
  const node = isNode(item) ? item : (item as { key?: Node } | null)?.key;
  return node?.range?.[0];
}

function cutItem(text: string, outer: YAMLMap | YAMLSeq, index: number): string | undefined {
  const start = startOfItem(outer.items[index]);
  const end = endOf(text, outer.items[index]);
  if (start === undefined || end === undefined) return undefined;
  if (outer.flow) {
    const next = startOfItem(outer.items[index + 1] ?? null);
    if (outer.items.length > index + 1 && next !== undefined) return splice(text, start, next, "");
    const before = index > 0 ? endOf(text, outer.items[index - 1]) : undefined;
    return before === undefined ? undefined : splice(text, before, end, "");
  }
  const from = startOfLine(text, start);
  // Only a dash of a list may stand before it; a key on the dash's line stays for the package to move.
  const lead = text.slice(from, start);
  if (isSeq(outer) ? !/^\s*-\s+$/.test(lead) : lead.trim() !== "") return undefined;
  return cutLines(text, from, endOfLine(text, end));
}

/** Cut lines with their line break, and one of two blank lines that meet. */
function cutLines(text: string, from: number, end: number): string {
  const after = /^\r?\n/.exec(text.slice(end))?.[0].length ?? 0;
  const blankBefore = from === 0 || /\n[ \t]*\r?\n$/.test(text.slice(0, from));
  const blank = blankBefore ? (/^[ \t]*\r?\n/.exec(text.slice(end + after))?.[0].length ?? 0) : 0;
  return splice(text, from, end + after + blank, "");
}

/** Whether a map has nothing but a time and an easing: an entry that sets no value. */
export function setsNothing(node: unknown): boolean {
  return (
    isMap(node) &&
    node.items.every(
      (item) => isScalar(item.key) && (item.key.value === "at" || item.key.value === "ease"),
    )
  );
}
