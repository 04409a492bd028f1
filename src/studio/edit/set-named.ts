/** Sets values that have a short form, or are part of a list. */
import { isMap, isScalar, isSeq } from "yaml";
import { setValue } from "./set-value.ts";
import { asList, isWeightPath } from "./together.ts";
import { nodeAt, type Plain, parseText, type ValuePath } from "./yaml-text.ts";

/** Set a number in a list that the text has, or else write the list. Any other value is set. */
export function setListed(
  text: string,
  path: ValuePath,
  value: Plain,
  list: readonly number[] | undefined,
): string {
  const isThere = nodeAt(parseText(text), path) !== undefined;
  return setNamed(text, ...(isThere ? ([path, value] as const) : asList(path, value, list)));
}

/** Set a value whose map may have a short form: `layers: motifs3`, `layers: [motifs3]`, `matte: disc.png`, `audio: beat.wav`. */
export function setNamed(text: string, path: ValuePath, value: Plain): string {
  const document = parseText(text);
  const there = nodeAt(document, path);
  if (isMap(there) && there.has("weight") && typeof value === "number")
    return setValue(text, [...path, "weight"], value);
  const outer = nodeAt(document, path.slice(0, -1));
  const [name, inner] = [path.at(-2), path.at(-1)!];
  if (isWeightPath(path)) {
    const listed = isSeq(outer)
      ? (outer.toJS(document) as unknown[])
      : isScalar(outer) && outer.value !== null
        ? [outer.value]
        : undefined;
    if (listed) {
      const weights = Object.fromEntries(listed.map((layer) => [String(layer), 1]));
      return setValue(text, path.slice(0, -1), { ...weights, [inner]: value });
    }
  }
  if (name === "output" && isScalar(outer) && typeof outer.value === "string")
    return setValue(text, path.slice(0, -1), { file: outer.value, [inner]: value });
  const isFile = name === "matte" || name === "guide" || name === "audio";
  if (isFile && isScalar(outer) && typeof outer.value === "string") {
    if (name === "audio")
      return setValue(text, path.slice(0, -1), { file: outer.value, [inner]: value });
    const kind = /\.(mp4|mov|webm|mkv|avi|m4v|gif)$/i.test(outer.value) ? "video" : "image";
    return setValue(text, path.slice(0, -1), { [kind]: outer.value, [inner]: value });
  }
  return setValue(text, path, value);
}
