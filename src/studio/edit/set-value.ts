/** Writes one value into a scene's text; all else keeps its characters. */
import { type Document, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { isSame, withValue } from "./plain.ts";
import {
  endOf,
  endOfLine,
  inline,
  keyText,
  lineBreakOf,
  nodeAt,
  type Plain,
  pairOf,
  parseText,
  spanOf,
  splice,
  startOfLine,
  type ValuePath,
} from "./yaml-text.ts";

/** Order of the keys at the top of a scene and of a shot, as the examples have it. */
const order = [
  "title",
  "output",
  "engine",
  "audio",
  "source",
  "duration",
  "seed",
  "transition",
  "model",
  "loop",
  "farm",
  "dream",
  "motion",
  "feedback",
  "color",
  "matte",
  "mix",
  "timeline",
  "shots",
];

/**
 * `text` with `value` at `path`. Maps and lists that lead to it and do not exist are added. Throws `SCENE_SYNTAX` for broken YAML.
 * The result is checked: where writing it by hand would give another scene, the `yaml` package writes the whole document.
 */
export function setValue(text: string, path: ValuePath, value: Plain): string {
  const document = parseText(text);
  const gap = path.findIndex(
    (part, i) => typeof part === "number" && nodeAt(document, path.slice(0, i + 1)) === undefined,
  );
  if (gap > 0) {
    // The list is too short or missing.
    const list = path.slice(0, gap);
    const known: unknown = nodeAt(document, list)?.toJS(document);
    return setValue(text, list, withValue(known, path.slice(gap), value) as Plain);
  }
  const written = write(text, document, path, value);
  if (written !== undefined && means(written, withValue(document.toJS(), path, value)))
    return written;
  const own = document.clone();
  own.setIn(path, value);
  return own.toString({ lineWidth: 0 });
}

/** Whether a text has this content. */
export function means(text: string, content: unknown): boolean {
  try {
    return isSame(parseText(text).toJS(), content);
  } catch {
    return false;
  }
}

function write(
  text: string,
  document: Document,
  path: ValuePath,
  value: Plain,
): string | undefined {
  const there = nodeAt(document, path);
  if (there?.range && !(isScalar(there) && there.value === null))
    return replace(text, there, value);
  for (let length = path.length - 1; length >= 0; length--) {
    const outer = length === 0 ? document.contents : nodeAt(document, path.slice(0, length));
    if (isMap(outer)) return insert(text, outer, path.slice(length), value, length, path);
    if (isNode(outer) && !(isScalar(outer) && outer.value === null)) return undefined;
  }
  const rest = path
    .slice(0, -1)
    .reduceRight<Plain>((inner, key) => ({ [key]: inner }), { [path.at(-1)!]: value });
  return document.contents === null ||
    (isScalar(document.contents) && document.contents.value === null)
    ? `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${block(rest, "", "\n")}\n`
    : undefined;
}

function replace(text: string, node: Node, value: Plain): string | undefined {
  if (
    isSeq(node) &&
    Array.isArray(value) &&
    value.length === node.items.length &&
    node.items.every(isScalar)
  ) {
    // Entry by entry from the end, so that comments between them and their layout stay.
    return node.items.reduceRight((result, item, index) => {
      const [from, to] = spanOf(text, item as Node);
      return splice(result, from, to, inline(value[index] as Plain));
    }, text);
  }
  const flat = isScalar(node) || ((isMap(node) || isSeq(node)) && node.flow);
  if (!flat && node.range) return undefined;
  const [from, to] = spanOf(text, node);
  const quoted = isScalar(node) && node.type === "QUOTE_DOUBLE" && typeof value === "string";
  return splice(text, from, to, quoted ? JSON.stringify(value) : inline(value));
}

function insert(
  text: string,
  map: YAMLMap,
  rest: ValuePath,
  value: Plain,
  depth: number,
  path: ValuePath,
): string | undefined {
  const [key, ...inner] = rest as [string, ...string[]];
  const nested = inner.reduceRight<Plain>((deeper, part) => ({ [part]: deeper }), value);
  const empty = pairOf(map, key);
  if (empty) {
    // `motion:` with nothing behind it.
    const at = endOf(text, empty)!;
    return splice(text, at, at, ` ${inline(nested)}`);
  }
  if (map.flow) {
    const last = map.items.at(-1);
    if (last === undefined)
      return splice(text, map.range![0], map.range![1], inline({ [key]: nested }));
    const at = endOf(text, last)!;
    return splice(text, at, at, `, ${keyText(key)}: ${inline(nested)}`);
  }
  const before = followedBy(map, key, isTop(path, depth));
  const column = columnOf(text, map);
  if (column === undefined) return undefined;
  const indent = " ".repeat(column);
  const lines =
    inner.length > 0 && !path.includes("timeline")
      ? block({ [key]: nested }, indent, lineBreakOf(text))
      : `${indent}${keyText(key)}: ${inline(nested)}`;
  return insertLines(text, map, before, lines);
}

/** Whether a map is a whole scene or shot, whose keys have an order. */
function isTop(path: ValuePath, depth: number): boolean {
  return depth === 0 || (depth === 2 && path[0] === "shots");
}

/** Index of the item behind which a key goes; −1 before all. */
export function followedBy(map: YAMLMap, key: string, top: boolean): number {
  const rank = order.indexOf(key);
  if (!top || rank < 0) return map.items.length - 1;
  return map.items.findLastIndex((item) => {
    const other = isScalar(item.key) ? order.indexOf(String(item.key.value)) : -1;
    return other < rank;
  });
}

/** The column of a block map's keys. */
export function columnOf(text: string, map: YAMLMap): number | undefined {
  const first = map.items[0]?.key;
  if (!isNode(first) || !first.range) return undefined;
  return first.range[0] - startOfLine(text, first.range[0]);
}

/** Put whole lines behind item `index` of a block map. Sections set apart by blank lines stay so. */
export function insertLines(
  text: string,
  map: YAMLMap,
  index: number,
  lines: string,
): string | undefined {
  const newline = lineBreakOf(text);
  if (index < 0) {
    const start = (map.items[0]?.key as Node | undefined)?.range?.[0];
    if (start === undefined) return undefined;
    const at = startOfLine(text, start);
    // A dash before the first key: a new line cannot go there.
    return text.slice(at, start).trim() === ""
      ? splice(text, at, at, `${lines}${newline}`)
      : undefined;
  }
  const end = endOf(text, map.items[index]);
  if (end === undefined) return undefined;
  const at = endOfLine(text, end);
  const start = (map.items[index]!.key as Node).range![0];
  const apart =
    /\n[ \t]*\r?\n[ \t]*$/.test(text.slice(0, start)) || /^\r?\n[ \t]*\r?\n/.test(text.slice(at));
  const multiline = lines.includes("\n");
  return splice(text, at, at, `${newline}${apart && multiline ? newline : ""}${lines}`);
}

/** A map over several lines; its innermost level, and weights, on one line. */
function block(value: Plain, indent: string, newline: string): string {
  return Object.entries(value as Readonly<Record<string, Plain>>)
    .map(([key, inner]) => {
      const deep = typeof inner === "object" && inner !== null && !Array.isArray(inner);
      return deep && key !== "layers" && key !== "classes"
        ? `${indent}${keyText(key)}:${newline}${block(inner, `${indent}  `, newline)}`
        : `${indent}${keyText(key)}: ${inline(inner)}`;
    })
    .join(newline);
}
