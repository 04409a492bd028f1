/** The chosen key in numbers, with its easing. */
import type { JSX } from "preact";
import type { KeySummary, ValueSummary } from "../../src/studio/api-scene.ts";
import { names } from "../editor/names.ts";
import { useEntered } from "../knobs/entered.ts";
import { removeKey } from "../knobs/keys.ts";
import { NumberField } from "../knobs/number-field.tsx";
import { applyEdits, rounded, timingOf } from "../knobs/set.ts";
import { Button } from "../parts/button.tsx";
import { chosenKey } from "../state/selection.ts";
import { canMove, moveEdit } from "./curve-keys.ts";
import { front } from "./curves.tsx";

const common = ["linear", "ease", "ease-in", "ease-out", "ease-in-out", "hold"];

export function KeyBar(): JSX.Element | null {
  const index = chosenKey.value;
  const value =
    index === undefined ? undefined : front.value.find(({ keys }) => keys[index] !== undefined);
  const key = index === undefined ? undefined : value?.keys[index];
  if (index === undefined || !value || typeof key?.value !== "number") return null;
  return (
    <ChosenKey key={`${value.path.join(".")} ${index}`} value={value} index={index} chosen={key} />
  );
}

/** Time and number of a key. */
interface Place {
  readonly timeSec: number;
  readonly number: number;
}

interface ChosenKeyProps {
  readonly value: ValueSummary;
  readonly index: number;
  readonly chosen: KeySummary;
}

function ChosenKey({ value, index, chosen: key }: ChosenKeyProps): JSX.Element {
  const [place, enterPlace] = useEntered<Place>({
    timeSec: key.timeSec,
    number: key.value as number,
  });
  const move = (to: Partial<Place>): Place | undefined => {
    const { timeSec, number } = { ...place, ...to };
    const moved = { timeSec: Math.max(0, timeSec), number: rounded(number, value) };
    const edit = moveEdit(value, index, moved.timeSec, moved.number);
    const taken = applyEdits([edit], timingOf(value.shot)) ? moved : undefined;
    enterPlace(taken);
    return taken;
  };
  return (
    <fieldset class="key-bar" aria-label={`Key of ${value.label}`}>
      <span class="soft">{value.label}</span>
      <NumberField
        label="Value of the key"
        value={place.number}
        step={value.step}
        onChange={(number) => move({ number })?.number}
      />
      <span class="faint">at</span>
      <NumberField
        label="Time of the key, s"
        value={Number(place.timeSec.toFixed(3))}
        step={1 / timingOf(value.shot).fps}
        disabled={!canMove(value, index)}
        onChange={(timeSec) => move({ timeSec })?.timeSec}
      />
      <span class="faint">s</span>
      {key.entry !== undefined && <Easing value={value} ease={key.ease} entry={key.entry} />}
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
