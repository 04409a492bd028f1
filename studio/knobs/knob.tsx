/** One number: a slider with a field, a mark for its keys, and the way back to its default. */
import type { JSX } from "preact";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { describe } from "../editor/schema.ts";
import { Icon } from "../parts/icon.tsx";
import { fps, shotTimeSec } from "../state/playhead.ts";
import { chosenValue } from "../state/selection.ts";
import { removeKeyHere, toggleKey } from "./keys.ts";
import { NumberField } from "./number-field.tsx";
import { resetValue, setValueNow, valueAt } from "./set.ts";
import { Slider } from "./slider.tsx";

export function Knob({ value }: { readonly value: ValueSummary }): JSX.Element {
  // A value that stands still does not follow the playhead.
  const now = value.samples ? valueAt(value, shotTimeSec.value) : value.value;
  const id = `knob-${value.shot ?? ""}-${value.path.join("-")}`;
  const locked = value.expression !== undefined;
  const name = value.path.join(".");
  return (
    <div
      class={[
        "knob",
        value.written && "written",
        value.animated && "moving",
        chosenValue.value === value.path.join(".") && "chosen",
      ]
        .filter(Boolean)
        .join(" ")}
      onPointerDown={() => {
        chosenValue.value = name;
      }}
    >
      <label
        class="ellipsis"
        for={id}
        title={[
          describe(value.path.map(String)),
          `${name}${value.written ? "" : ", not written: the default"}`,
        ]
          .filter(Boolean)
          .join("\n")}
      >
        {value.label}
      </label>
      {locked ? (
        <span
          class="expression ellipsis"
          title={`${value.expression}\nAn expression: edit it in the text.`}
        >
          {value.expression}
        </span>
      ) : (
        <Slider id={id} value={value} now={now} />
      )}
      <NumberField
        label={`${value.label}${value.unit ? `, ${value.unit}` : ""}`}
        value={Number(now.toFixed(Math.max(0, 1 - Math.floor(Math.log10(value.step)))))}
        step={value.step}
        disabled={locked}
        onChange={(number) => setValueNow(value, number)}
      />
      <span class="unit">{value.unit}</span>
      <KeyMark value={value} />
      <button
        type="button"
        class="mark"
        aria-label={`Default for ${value.label}`}
        title={value.written ? "Back to the default" : "This is the default"}
        disabled={!value.written}
        onClick={() => resetValue(value)}
      >
        {value.written && <Icon name="reset" size={13} />}
      </button>
    </div>
  );
}

function KeyMark({ value }: { readonly value: ValueSummary }): JSX.Element {
  const keyed = value.keys.length > 1;
  const here =
    keyed &&
    value.keys.some(({ timeSec }) => Math.abs(timeSec - shotTimeSec.value) < 0.5 / fps.value);
  const locked = value.expression !== undefined;
  const label =
    keyed && here ? `Remove the key of ${value.label} here` : `Add a key of ${value.label} here`;
  return (
    <button
      type="button"
      class={["mark", "key", keyed && "keyed", keyed && here && "here"].filter(Boolean).join(" ")}
      aria-label={label}
      title={label}
      disabled={locked}
      onClick={() => (keyed && here ? removeKeyHere(value) : toggleKey(value))}
    >
      <Icon name="key" size={13} />
    </button>
  );
}
