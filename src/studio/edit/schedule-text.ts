/** Keys of a schedule's text, `0:(1.02), 48:(1.6)`. Values stay as they are written. */
import { numberText } from "./yaml-text.ts";

interface TextKey {
  readonly frame: number;
  readonly text: string;
}

export function isScheduleText(value: unknown): value is string {
  return typeof value === "string" && /^\s*\d+\s*:\s*\(/.test(value);
}

/** Read a schedule that is known to be right. */
function readKeys(text: string): TextKey[] {
  const keys: TextKey[] = [];
  const head = /(\d+)\s*:\s*\(/g;
  for (let match = head.exec(text); match; match = head.exec(text)) {
    let depth = 1;
    let end = head.lastIndex;
    while (end < text.length && depth > 0) {
      if (text[end] === "(") depth++;
      if (text[end] === ")") depth--;
      end++;
    }
    keys.push({ frame: Number(match[1]), text: text.slice(head.lastIndex, end - 1) });
    head.lastIndex = end;
  }
  return keys;
}

function writeKeys(keys: readonly TextKey[]): string {
  const inOrder = [...keys].sort((a, b) => a.frame - b.frame);
  return inOrder.map(({ frame, text }) => `${frame}:(${text})`).join(", ");
}

/** Set or add the key at a frame. */
export function setScheduleKey(schedule: string, frame: number, value: number): string {
  const others = readKeys(schedule).filter((key) => key.frame !== frame);
  return writeKeys([...others, { frame, text: numberText(value) }]);
}

/** Take a key away; the one at frame 0 stays, since a schedule needs it. */
export function removeScheduleKey(schedule: string, frame: number): string {
  return writeKeys(readKeys(schedule).filter((key) => key.frame !== frame || frame === 0));
}

/** Move a key; the one at frame 0 changes only its value. */
export function moveScheduleKey(schedule: string, from: number, to: number, value: number): string {
  const at = from === 0 ? 0 : Math.max(1, to);
  const others = readKeys(schedule).filter((key) => key.frame !== from && key.frame !== at);
  return writeKeys([...others, { frame: at, text: numberText(value) }]);
}
