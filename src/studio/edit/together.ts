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

interface Value {
  readonly path: ValuePath;
  readonly shot?: number;
  /** At the start. */
  readonly value: number;
  readonly keys: readonly unknown[];
}

/** The values that are written together with this one, itself among them, in order. */
export function jointOf<T extends Pick<Value, "path" | "shot">>(
  { path, shot }: Pick<Value, "path" | "shot">,
  values: readonly T[],
): readonly T[] {
  const shared = sharedPath(path).join("\0");
  return values.filter((one) => one.shot === shot && sharedPath(one.path).join("\0") === shared);
}

/**
 * What a value without keys begins with, together with its joint values: layers and steps have no start of their own in the
 * scene where the network or the preset provides them. Undefined for all other values.
 */
export function startOf(value: Value, values: readonly Value[]): Plain | undefined {
  const joint = jointOf(value, values);
  if (joint.some(({ keys }) => keys.length > 0)) return undefined;
  if (isWeightPath(value.path))
    return Object.fromEntries(joint.map((one) => [String(one.path.at(-1)), one.value]));
  if (listPath(value.path).at(-1) !== "iterations") return undefined;
  return typeof value.path.at(-1) === "number" ? joint.map((one) => one.value) : value.value;
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
