/** Messages for values of a wrong type, with the right form. */
import { knownKeys } from "./known-keys.ts";

type Path = readonly (string | number)[];

/** The key that a single value under these keys most likely belongs to. */
const mainKeys: Readonly<Record<string, string>> = {
  color: "match",
  farm: "split",
  feedback: "amount",
  noise: "seed",
  transition: "crossfade",
};

const kinds: Readonly<Record<string, string>> = {
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
  tuple: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** The message for `value`, which has none of the types `expected` (zod's names), with the right form. */
export function wrongType(value: unknown, expected: readonly string[], path: Path): string {
  if (value === undefined) return "is missing";
  const wanted = [...new Set(expected.map((type) => kinds[type] ?? type))].join(" or ");
  return `must be ${wanted}, not ${describe(value)}${rightForm(value, wanted, path)}`;
}

function rightForm(value: unknown, wanted: string, path: Path): string {
  const key = String(path.at(-1) ?? "");
  const holder = path.at(-2);
  const isMap = wanted.includes("a map of keys");
  const isText = typeof value === "string";
  const glued = isText ? /^(\w+):(\S.*)$/.exec(value) : null;
  if (isMap && glued && knownKeys(path).includes(glued[1]!))
    return `; a colon needs a space after it: "${glued[1]}: ${glued[2]}"`;
  if (value === null && (holder === "layers" || holder === "classes"))
    return `; give it a weight: ${key}: 1`;
  if (isMap && value === null) return "; write its keys below it, indented by two more spaces";
  if (isMap && (isText || typeof value === "number")) {
    if (mainKeys[key]) return `; write ${key}: { ${mainKeys[key]}: ${value} }`;
    const keys = knownKeys(path);
    return keys.length > 0 ? `; its keys are ${keys.join(", ")}` : "";
  }
  if (wanted === "a list" && isPlainMap(value))
    return '; begin each entry with a dash, as in "- at: 0s"';
  if (key === "size" && Array.isArray(value)) return `; write ${value.join("x")}`;
  if (key === "size" && isPlainMap(value)) return "; write width x height, as in 640x360";
  if (wanted === "a number" && isText) {
    const number = /^\s*([-+]?[\d.]*\d)/.exec(value)?.[1];
    return number === undefined ? "" : `; write ${Number(number)}`;
  }
  return "";
}

function isPlainMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map of keys";
  return typeof value === "string" ? `the text "${value.slice(0, 60)}"` : `${value}`;
}
