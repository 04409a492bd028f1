/** A key that is held: its curve is drawn from the page's own numbers, before the server has seen the edit. */
import { effect, signal } from "@preact/signals";
import { ease, linear, parseEasing } from "../../src/scene/easing.ts";
import type { KeySummary, ValueSummary } from "../../src/studio/api-scene.ts";
import { isBehind, problems } from "../state/check.ts";
import { isSameValue } from "../state/selection.ts";

/** Where a key is: time, s, and number. */
export interface KeyPlace {
  readonly timeSec: number;
  readonly value: number;
}

export interface Held {
  /** As it was when the drag began. */
  readonly value: ValueSummary;
  /** All keys of the value, in order of time, with the held one where the pointer has it. */
  readonly keys: readonly KeySummary[];
  /** Number of the held one among `keys`. */
  readonly index: number;
  /** The axis stays as it was when the drag began. */
  readonly axis: readonly [number, number];
  /** The pointer is gone: the curve stays until the scene has followed. */
  readonly released?: boolean;
}

export const held = signal<Held | undefined>(undefined);

/** The held key of a value. */
export function heldOf(value: ValueSummary): Held | undefined {
  const now = held.value;
  return now && isSameValue(now.value, value) ? now : undefined;
}

/** The keys of a value as they are shown: a key that was moved is where it is held until the parser has answered. */
export function keysOf(value: ValueSummary): readonly KeySummary[] {
  return heldOf(value)?.keys ?? value.keys;
}

export function hold(value: ValueSummary, index: number, to: KeyPlace, axis: Held["axis"]): Held {
  const moved = { ...value.keys[index]!, ...to };
  const keys = value.keys
    .map((key, i) => (i === index ? moved : key))
    .sort((a, b) => a.timeSec - b.timeSec);
  const now = { value, keys, index: keys.indexOf(moved), axis };
  held.value = now;
  return now;
}

export function release(): void {
  if (held.value) held.value = { ...held.value, released: true };
}

export function startHeldKey(): void {
  effect(() => {
    if (!held.value?.released) return;
    if (!isBehind.value || problems.value.length > 0) held.value = undefined;
  });
}

/**
 * A curve at `count` times evenly over `lengthSec`; undefined where a key is an expression. `src/scene/animated.ts` is what
 * holds in a film.
 */
export function curveOf(
  keys: readonly KeySummary[],
  count: number,
  lengthSec: number,
): number[] | undefined {
  const numbers = keys.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  if (numbers.length < keys.length || keys.length === 0) return undefined;
  const easings = keys.map((key) => parseEasing(key.ease) ?? linear);
  let after = 0;
  return Array.from({ length: count }, (_, i) => {
    const at = (i * lengthSec) / Math.max(1, count - 1);
    while (after < keys.length && keys[after]!.timeSec <= at) after++;
    if (after === 0) return numbers[0]!;
    if (after === keys.length) return numbers[after - 1]!;
    const [from, to] = [keys[after - 1]!.timeSec, keys[after]!.timeSec];
    const share = ease(easings[after]!, (at - from) / (to - from));
    return numbers[after - 1]! + (numbers[after]! - numbers[after - 1]!) * share;
  });
}
