/** Edits that need to know what the newest text says. */
import { effect } from "@preact/signals";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { isBehind, problems, values } from "../state/check.ts";
import { connection } from "../state/connection.ts";
import { path } from "../state/document.ts";
import { isSameValue } from "../state/selection.ts";

/**
 * Run an edit with the value as the newest text has it: at once, or when the parser has answered. Without a server, and
 * while the text has a problem, what was known last has to do.
 */
export function withNewest(value: ValueSummary, edit: (value: ValueSummary) => void): void {
  const scene = path.peek();
  let isDone = false;
  const stop = effect(() => {
    const waits = isBehind.value && problems.value.length === 0 && connection.value !== "offline";
    if (waits && path.value === scene) return;
    // Not within the effect, which would follow what the edit reads.
    queueMicrotask(() => {
      stop();
      if (isDone || path.peek() !== scene) return;
      isDone = true;
      edit(values.peek().find((other) => isSameValue(other, value)) ?? value);
    });
  });
}
