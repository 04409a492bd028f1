/** What a control shows between an entry and the scene that follows it. */
import { useEffect, useState } from "preact/hooks";
import { isBehind } from "../state/check.ts";
import { frame } from "../state/playhead.ts";

/**
 * The value to show: what was entered, at the playhead's place of then, until the parser has answered for the text; else
 * `value`. With it comes the function that takes an entry; undefined takes it back.
 */
export function useEntered<T>(value: T): readonly [now: T, enter: (taken: T | undefined) => void] {
  const [entered, setEntered] = useState<{ readonly value: T; readonly frame: number }>();
  const behind = isBehind.value;
  useEffect(() => {
    if (!behind) setEntered(undefined);
  }, [behind, value]);
  const now = entered?.frame === frame.peek() ? entered.value : value;
  const enter = (taken: T | undefined): void =>
    setEntered(taken === undefined ? undefined : { value: taken, frame: frame.peek() });
  return [now, enter];
}
