/** The chosen key in numbers, with its easing. */
import type { JSX } from "preact";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { names } from "../editor/names.ts";
import { useEntered } from "../knobs/entered.ts";
import { removeChosenKey } from "../knobs/keys.ts";
import { NumberField } from "../knobs/number-field.tsx";
import { applyEdits, timingOf } from "../knobs/set.ts";
import { Button } from "../parts/button.tsx";
import { chosenKeyOf } from "../state/selection.ts";
import { front } from "./axis.ts";
import { keysOf } from "./held-key.ts";
import { canMove, moveKey } from "./move-key.ts";

const common = ["linear", "ease", "ease-in", "ease-out", "ease-in-out", "hold"];

export function KeyBar(): JSX.Element | null {
  const value = front.value.find((candidate) => chosenKeyOf(candidate) !== undefined);
  const index = value && chosenKeyOf(value);
  if (!value || index === undefined) return null;
  // Where it is while the scene follows.
  const key = keysOf(value)[index];
  if (typeof key?.value !== "number") return null;
  const { timeSec, value: number } = key;
  return (
    <fieldset class="key-bar" aria-label={`Key of ${value.label}`}>
      <span class="soft">{value.label}</span>
      <NumberField
        label="Value of the key"
        value={number}
        step={value.step}
        limits={[value.min, value.max]}
        onChange={(to) => moveKey(value, index, (from) => ({ ...from, value: to }))?.value}
      />
      <span class="faint">at</span>
      <NumberField
        label="Time of the key, s"
        value={Number(timeSec.toFixed(3))}
        step={1 / timingOf(value.shot).fps}
        disabled={!canMove(value, index)}
        onChange={(to) => moveKey(value, index, (from) => ({ ...from, timeSec: to }))?.timeSec}
      />
      <span class="faint">s</span>
      {key.entry !== undefined && <Easing value={value} ease={key.ease} entry={key.entry} />}
      <Button
        small
        icon="close"
        label="Remove the key"
        keys="Delete"
        disabled={!canMove(value, index)}
        onClick={() => removeChosenKey(value)}
      />
    </fieldset>
  );
}

interface EasingProps {
  readonly value: ValueSummary;
  readonly ease: string;
  /** Number of the key's entry in the timeline. */
  readonly entry: number;
}

function Easing({ value, ease, entry }: EasingProps): JSX.Element {
  const [now, enter] = useEntered(ease);
  const known = (names.value?.easings ?? []).filter((name) => !name.includes("("));
  const choose = (chosen: string): void => {
    const shot = value.shot === undefined ? {} : { shot: value.shot };
    const edit = { type: "ease", path: value.path, entry, ease: chosen, ...shot } as const;
    enter(applyEdits([edit], timingOf(value.shot)) ? chosen : undefined);
  };
  return (
    <select
      class="choice"
      aria-label="Easing towards the key"
      value={now}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {[...new Set([...common, ...known, now])].map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
