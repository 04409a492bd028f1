/** Keys of the chosen curve: dragged, added by a double click, moved with the arrow keys. */
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { newDrag } from "../knobs/drag.ts";
import { removeChosenKey } from "../knobs/keys.ts";
import { Pace } from "../knobs/pace.ts";
import { applyEdits, keyEdit, limited, timingOf, valuesHere } from "../knobs/set.ts";
import { fps, goToFrame, speed } from "../state/playhead.ts";
import { chosenKey, chosenKeyOf, chosenValue } from "../state/selection.ts";
import { axisOf, front, numberAtY, startOf, yOf } from "./axis.ts";
import { held, hold, type KeyPlace, keysOf, release } from "./held-key.ts";
import { baseOf, type MoveBase, moveEdit, moveKey, placeFor } from "./move-key.ts";
import { scrub } from "./ruler.tsx";
import { frameAt, snap, xOf } from "./view.ts";

interface Drag {
  readonly base: MoveBase;
  readonly step: number;
  readonly axis: readonly [number, number];
}

let drag: Drag | undefined;
const pace = new Pace(150);
let lastPress = 0;

/** Distance at which a key is met, px; a finger covers more. */
const reach = { finger: 24, pointer: 10 } as const;

/** The nearest key within `within` px. */
function keyUnder(
  x: number,
  y: number,
  within: number,
): { readonly value: ValueSummary; readonly index: number } | undefined {
  let nearest: { value: ValueSummary; index: number; distance: number } | undefined;
  for (const value of front.value) {
    const axis = axisOf(value);
    for (const [index, key] of keysOf(value).entries()) {
      if (typeof key.value !== "number") continue;
      const at = xOf(startOf(value) + key.timeSec * fps.value);
      const distance = Math.hypot(at - x, yOf(key.value, axis) - y);
      if (distance < Math.min(within, nearest?.distance ?? within))
        nearest = { value, index, distance };
    }
  }
  return nearest;
}

export function onCurvesPointer(event: PointerEvent): void {
  const target = event.currentTarget as HTMLElement;
  const box = target.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  if (event.type === "pointerdown" && event.button === 0) press(event, target, x, y);
  else if (event.type === "pointermove" && drag) {
    moveTo(x, y, event.altKey);
  } else if (event.type === "pointermove") scrub(event);
  else if (event.type === "pointerup" || event.type === "pointercancel") {
    pace.flush();
    // A key that passed another has its number now.
    if (drag && held.value)
      chosenKey.value = { shot: held.value.value.shot, index: held.value.index };
    drag = undefined;
    release();
  }
}

function press(event: PointerEvent, target: HTMLElement, x: number, y: number): void {
  const double = event.timeStamp - lastPress < 350;
  lastPress = event.timeStamp;
  const found = keyUnder(x, y, event.pointerType === "touch" ? reach.finger : reach.pointer);
  if (found) {
    const { value, index } = found;
    target.setPointerCapture(event.pointerId);
    speed.value = 0;
    chosenKey.value = { shot: value.shot, index };
    drag = { base: baseOf(value, index), step: newDrag(), axis: axisOf(value) };
    return;
  }
  chosenKey.value = undefined;
  if (double) addAt(x, y);
  else scrub(event);
}

function moveTo(x: number, y: number, free: boolean): void {
  if (!drag) return;
  const { base, step, axis } = drag;
  const { value, from, text } = base;
  const timeSec = snap(frameAt(x) / fps.value, free) - startOf(value) / fps.value;
  const to = placeFor(value, from, { timeSec, value: numberAtY(y, axis) });
  hold(value, from, to, axis);
  const edit = moveEdit(value, from, to);
  pace.run(() => applyEdits([edit], timingOf(value.shot), step, text));
}

function addAt(x: number, y: number): void {
  const at = snap(frameAt(x) / fps.value);
  const value = front.value.findLast((candidate) => startOf(candidate) / fps.value <= at);
  if (!value || value.expression !== undefined) return;
  const number = limited(numberAtY(y, axisOf(value)), value);
  applyEdits([keyEdit(value, at - startOf(value) / fps.value, number)], timingOf(value.shot));
}

export function onCurvesKey(event: KeyboardEvent): void {
  const chosen = valuesHere().find(({ path }) => path.join(".") === chosenValue.value);
  const value = chosen ?? front.value[0];
  if (!value || value.keys.length < 2) return;
  const index = chosenKeyOf(value);
  const key = index === undefined ? undefined : value.keys[index];
  const done = (): void => {
    event.preventDefault();
    event.stopPropagation();
  };
  // With Ctrl it renders.
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    const next = ((index ?? -1) + 1) % value.keys.length;
    chosenKey.value = { shot: value.shot, index: next };
    goToFrame(startOf(value) + value.keys[next]!.timeSec * fps.value);
    done();
    return;
  }
  if (!key || index === undefined || typeof key.value !== "number") return;
  if (event.key === "Delete" || event.key === "Backspace") {
    removeChosenKey(value);
    done();
    return;
  }
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
    event.key
  ];
  if (!by) return;
  done();
  const move = ({ timeSec, value: number }: KeyPlace): KeyPlace => ({
    timeSec: timeSec + by[0]! / fps.value,
    value: number + by[1]! * value.step,
  });
  moveKey(value, index, move, true);
}
