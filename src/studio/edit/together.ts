/** Values that are written together: the weights of layers and classes, and the numbers of a list such as `motion.pan`. */
import { isMap, isSeq } from "yaml";
import { nodeAt, type Plain, parseText, type ValuePath } from "./yaml-text.ts";

/** What a key holds together with a value: an entry sets the weights of all layers, and all numbers of a list. */
export function sharedPath(path: ValuePath): ValuePath {
  return isWeightPath(path) ? path.slice(0, -1) : listPath(path);
}

/** Whether a value is the weight of a layer or class. */
export function isWeightPath(path: ValuePath): boolean {
  const group = path.at(-2);
  return group === "layers" || group === "classes";
}

/** The list of a number; any other value is itself. */
export function listPath(path: ValuePath): ValuePath {
  return typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
}

/** The numbers of the list at `path`; undefined where it is none, or has expressions. */
export function numbersIn(text: string, path: ValuePath): readonly number[] | undefined {
  const document = parseText(text);
  const node = nodeAt(document, path);
  const numbers: unknown = isSeq(node) ? node.toJS(document) : undefined;
  const areNumbers = Array.isArray(numbers) && numbers.every((one) => typeof one === "number");
  return areNumbers ? numbers : undefined;
}

/** The weights of the map at `path`, by name. */
export function weightsIn(
  text: string,
  path: ValuePath,
): Readonly<Record<string, number | string>> {
  const document = parseText(text);
  const node = nodeAt(document, path);
  const weights = isMap(node) ? (node.toJS(document) as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, weight]) => {
      const number = (weight as { weight?: unknown } | null)?.weight ?? weight;
      return typeof number === "number" || typeof number === "string" ? [[name, number]] : [];
    }),
  );
}

/** Where to write a value, and what: the whole `list` with this number in it. */
export function asList(
  path: ValuePath,
  value: Plain,
  list: readonly number[] | undefined,
): readonly [ValuePath, Plain] {
  const place = path.at(-1);
  if (!list || typeof place !== "number") return [path, value];
  return [listPath(path), list.map((number, i) => (i === place ? value : number))];
}
