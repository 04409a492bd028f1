/** The slider of a knob. While it is dragged it shows where it is held; the scene follows. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { plainNumber } from "../parts/format.ts";
import { newDrag } from "./drag.ts";
import { Pace } from "./pace.ts";
import { resetValue, setValueNow } from "./set.ts";

export interface SliderProps {
  readonly id: string;
  readonly value: ValueSummary;
  /** At the playhead. */
  readonly now: number;
}

export function Slider({ id, value, now }: SliderProps): JSX.Element {
  const drag = useRef(0);
  const pressed = useRef(-1000);
  const byPointer = useRef(false);
  const pace = useRef(new Pace());
  const [held, setHeld] = useState<number>();
  const isHeld = useRef(false);
  const [from, to] = value.span;
  // Another summary of the scene has come: it is what holds now.
  useEffect(() => {
    if (!isHeld.current) setHeld(undefined);
  }, [value]);
  const shown = held ?? now;
  // A pixel of the slider is more than a step: 0 could not be hit, and beside it a weight takes away.
  const nearZero = (number: number): number =>
    byPointer.current && from < 0 && Math.abs(number) < (to - from) / 50 ? 0 : number;
  const share = (number: number): number =>
    to > from ? Math.min(1, Math.max(0, (number - from) / (to - from))) : 0;
  // Values of both signs are filled from zero.
  const [low, high] = [share(0), share(shown)].sort((a, b) => a - b) as [number, number];
  const begin = (): void => {
    drag.current = newDrag();
  };
  // Presses that follow each other quickly are one step of the history.
  const press = (): void => {
    const now = performance.now();
    if (now - pressed.current > 800) begin();
    pressed.current = now;
  };
  return (
    <input
      id={id}
      type="range"
      min={from}
      max={to}
      step={value.step}
      value={shown}
      style={{ "--from": `${low * 100}%`, "--to": `${high * 100}%` }}
      aria-describedby={`${id}-tip`}
      aria-valuetext={`${plainNumber(shown)} ${value.unit}`}
      onPointerDown={() => {
        byPointer.current = true;
        begin();
      }}
      onKeyDown={() => {
        byPointer.current = false;
        press();
      }}
      onInput={(event) => {
        const number = nearZero(Number(event.currentTarget.value));
        const of = drag.current;
        isHeld.current = true;
        setHeld(number);
        pace.current.run(() => {
          if (setValueNow(value, number, of) === undefined) setHeld(undefined);
        });
      }}
      onChange={() => {
        isHeld.current = false;
        pace.current.flush();
      }}
      onDblClick={() => value.written && resetValue(value)}
    />
  );
}
