/** Whether a scene with shots writes a value in a shot, or at the top for all shots. */
import { mergedMaps } from "../../choices.ts";
import { setValue } from "./set-value.ts";
import { isWritten, nodeAt, type Plain, parseText, type ValuePath } from "./yaml-text.ts";

/** What a shot replaces as a whole if it sets a value: `motion.zoom`, `dream.layers`, `matte`. */
function unitOf(path: ValuePath): ValuePath {
  return path.slice(0, mergedMaps.some((name) => name === path[0]) ? 2 : 1);
}

/** Whether the text sets a value for all shots, and this one has none of its own. */
export function isShared(text: string, path: ValuePath, shot: number | undefined): boolean {
  const unit = unitOf(path);
  return shot !== undefined && isWritten(text, unit) && !isWritten(text, ["shots", shot, ...unit]);
}

/** `text` in which the shot has a copy of a value that is set for all shots, with all that it replaces with it. */
export function withOwn(text: string, path: ValuePath, shot: number | undefined): string {
  if (shot === undefined || !isShared(text, path, shot)) return text;
  const unit = unitOf(path);
  const document = parseText(text);
  const value = nodeAt(document, unit)!.toJS(document) as Plain;
  return setValue(text, ["shots", shot, ...unit], value);
}
