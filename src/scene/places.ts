/** Where the values of a scene are written, as plain data. */
import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from "yaml";
import type { ScenePlace } from "../errors.ts";

type Path = readonly (string | number)[];
/** From 1. */
export type LineAndColumn = readonly [line: number, column: number];

/** The positions of a value, of its key and of the values in it. */
export interface PlaceTree {
  /** Absent for a value that an override sets. */
  readonly value?: LineAndColumn;
  /** Absent in lists. */
  readonly key?: LineAndColumn;
  /** By key or index; absent for values that are neither map nor list. */
  readonly children?: Readonly<Record<string, PlaceTree>>;
}

/** The positions of a scene's values, or of one shot's. */
export interface ScenePlaces {
  readonly tree: PlaceTree;
  /** Of the scene, in messages. */
  readonly name: string;
  /** `--set` arguments as printed, by the path that they set. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Number of the shot whose values come before those at the top level. */
  readonly shot?: number;
  /** Names as they are written, by the names that replace them. */
  readonly written?: Readonly<Record<string, string>>;
}

/** The positions of all values of a document. */
export function placesIn(document: Document, lines: LineCounter): PlaceTree {
  const positionOf = (node: unknown): LineAndColumn | undefined => {
    if (!isNode(node) || !node.range) return undefined;
    const { line, col } = lines.linePos(node.range[0]);
    return [line, col];
  };
  const treeOf = (node: unknown, key?: unknown): PlaceTree => {
    const [value, ownKey] = [positionOf(node), positionOf(key)];
    const children = isMap(node)
      ? node.items.map(({ key: name, value: inner }): [string, PlaceTree] => [
          // The key of an override is not a node.
          String(isScalar(name) ? name.value : name),
          treeOf(inner, name),
        ])
      : isSeq(node)
        ? node.items.map((item, i): [string, PlaceTree] => [String(i), treeOf(item)])
        : undefined;
    return {
      value,
      ...(ownKey ? { key: ownKey } : {}),
      ...(children ? { children: Object.fromEntries(children) } : {}),
    };
  };
  return treeOf(document.contents);
}

/** The places of one of several shots, without those of the others. */
export function placesOfShot(places: ScenePlaces, shot: number): ScenePlaces {
  const { tree } = places;
  const shots = childOf(tree, ["shots"]);
  const own = childOf(tree, ["shots", shot]);
  const children = { ...tree.children, shots: { ...shots, children: own ? { [shot]: own } : {} } };
  return { ...places, tree: { ...tree, children }, shot };
}

/** Where a value, or its key, is written; undefined where it is not. */
export function locate(
  places: ScenePlaces,
  path: readonly (string | number)[],
  part?: "key",
): ScenePlace | undefined {
  const at = writtenPath(places, path);
  const override = overrideOf(places.overrides, at);
  if (override !== undefined) return { path: at, where: override };
  const position = positionIn(places.tree, at, part);
  if (!position) return undefined;
  const [line, column] = position;
  return { path: at, line, column, where: `${places.name}:${line}:${column}` };
}

/** The longest beginning of `path` that is written in the scene. */
export function writtenPart(places: ScenePlaces, path: Path): Path {
  const isWritten = (part: Path): boolean =>
    childOf(places.tree, writtenPath(places, part)) !== undefined;
  for (let length = path.length; length > 0; length--)
    if (isWritten(path.slice(0, length))) return path.slice(0, length);
  return [];
}

/** The override that sets a value, or a map that it is in. */
export function overrideOf(
  overrides: Readonly<Record<string, string>>,
  path: Path,
): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length).join(".");
    if (Object.hasOwn(overrides, prefix)) return overrides[prefix];
  }
  return undefined;
}

/** The path of a value from the top of the scene: in its shot, unless only the top level has it. */
function writtenPath({ tree, shot, written = {} }: ScenePlaces, path: Path): Path {
  const plain = path.map((key) => (Object.hasOwn(written, key) ? written[key]! : key));
  if (shot === undefined) return plain;
  const own = ["shots", shot, ...plain];
  return childOf(tree, plain) && !childOf(tree, own) ? plain : own;
}

function positionIn(tree: PlaceTree, path: Path, part?: "key"): LineAndColumn | undefined {
  const key = part === "key" ? childOf(tree, path)?.key : undefined;
  if (key) return key;
  for (let length = path.length; length > 0; length--) {
    const value = childOf(tree, path.slice(0, length))?.value;
    if (value) return value;
  }
  return undefined;
}

function childOf(tree: PlaceTree, path: Path): PlaceTree | undefined {
  let node: PlaceTree | undefined = tree;
  for (const key of path) {
    const { children } = node as PlaceTree;
    node = children && Object.hasOwn(children, key) ? children[key] : undefined;
    if (!node) return undefined;
  }
  return node;
}
