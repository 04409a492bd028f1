/** The chosen key in numbers, with its easing. */
import type { JSX } from "preact";
import { names } from "../editor/names.ts";
import { removeKey } from "../knobs/keys.ts";
import { NumberField } from "../knobs/number-field.tsx";
import { applyEdits, rounded, timingOf } from "../knobs/set.ts";
import { Button } from "../parts/button.tsx";
import { chosenKey } from "../state/selection.ts";
import { canMove, moveEdit } from "./curve-keys.ts";
import { front } from "./curves.tsx";

const common = ["linear", "ease", "ease-in", "ease-out", "ease-in-out", "hold"];

interface Moved {
  readonly timeSec: number;
  readonly value: number;
}

export function KeyBar(): JSX.Element | null {
  const index = chosenKey.value;
  const value =
    index === undefined ? undefined : front.value.find(({ keys }) => keys[index] !== undefined);
  const key = index === undefined ? undefined : value?.keys[index];
  if (index === undefined || !value || !key || typeof key.value !== "number") return null;
  const number = key.value;
  const eases = [
    ...new Set([
      ...common,
      ...(names.value?.easings ?? []).filter((ease) => !ease.includes("(")),
      key.ease,
    ]),
  ];
  const move = (timeSec: number, to: number): Moved | undefined => {
    const moved = { timeSec: Math.max(0, timeSec), value: rounded(to, value) };
    const edit = moveEdit(value, index, moved.timeSec, moved.value);
    return applyEdits([edit], timingOf(value.shot)) ? moved : undefined;
  };
  return (
    <fieldset class="key-bar" aria-label={`Key of ${value.label}`}>
      <span class="soft">{value.label}</span>
      <NumberField
        label="Value of the key"
        value={number}
        step={value.step}
        onChange={(to) => move(key.timeSec, to)?.value}
      />
      <span class="faint">at</span>
      <NumberField
        label="Time of the key, s"
        value={Number(key.timeSec.toFixed(3))}
        step={1 / timingOf(value.shot).fps}
        disabled={!canMove(value, index)}
        onChange={(to) => move(to, number)?.timeSec}
      />
      <span class="faint">s</span>
      {key.entry !== undefined && (
        <select
          class="choice"
          aria-label="Easing towards the key"
          value={key.ease}
          onChange={(event) =>
            applyEdits(
              [
                {
                  type: "ease",
                  path: value.path,
                  entry: key.entry!,
                  ease: event.currentTarget.value,
                  ...(value.shot === undefined ? {} : { shot: value.shot }),
                },
              ],
              timingOf(value.shot),
            )
          }
        >
          {eases.map((ease) => (
            <option key={ease}>{ease}</option>
          ))}
        </select>
      )}
      <Button
        small
        icon="close"
        label="Remove the key"
        keys="Delete"
        disabled={!canMove(value, index)}
        onClick={() => {
          removeKey(value, index);
          chosenKey.value = undefined;
        }}
      />
    </fieldset>
  );
}
