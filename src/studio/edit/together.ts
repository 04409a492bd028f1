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

/** What an edit of a value says of those that are written together with it. */
export interface Beside {
  /** The numbers of its list, such as `motion.pan`; written where the text has no such list. */
  readonly list?: readonly number[];
  /** The weights of all layers or classes at the time of a key: weights that an entry does not name are 0. */
  readonly others?: Readonly<Record<string, number | string>>;
  /** What they all begin with; written where the text does not say. */
  readonly start?: Plain;
}

/**
 * What an edit says beside a value. `numberOf`: what each is at the time of the edit. `start` is there for layers and steps
 * without keys, which have no start of their own in the scene where the network or the preset provides them.
 */
export function besideOf<T extends Value>(
  value: T,
  values: readonly T[],
  numberOf: (value: T) => number,
): Beside {
  const joint = jointOf(value, values);
  const beside = gathered(value.path, joint, numberOf);
  if (joint.some(({ keys }) => keys.length > 0)) return beside;
  const first = gathered(value.path, joint, (one) => one.value);
  const isSteps = listPath(value.path).at(-1) === "iterations";
  const start = first.others ?? (isSteps ? (first.list ?? value.value) : undefined);
  return start === undefined ? beside : { ...beside, start };
}

function gathered<T extends Value>(
  path: ValuePath,
  joint: readonly T[],
  numberOf: (value: T) => number,
): Beside {
  const numbers = joint.map((one) => [one.path.at(-1)!, numberOf(one)] as const);
  if (isWeightPath(path)) return { others: Object.fromEntries(numbers) };
  if (typeof path.at(-1) !== "number") return {};
  return { list: numbers.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, one]) => one) };
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
