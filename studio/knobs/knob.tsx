/** One number: a slider with a field, a mark for its keys, and the way back to its default. */
import type { JSX } from "preact";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { isWeightPath } from "../../src/studio/edit/together.ts";
import { describeValue } from "../editor/schema.ts";
import { shortNumber } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { fps, shotTimeSec } from "../state/playhead.ts";
import { chosenValue, isKeyed } from "../state/selection.ts";
import { addKeyHere, keyHere, removeKeyHere, sharedKeys } from "./keys.ts";
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
      <label class="ellipsis" for={id}>
        {value.label}
      </label>
      <span class="tip" role="tooltip" id={`${id}-tip`}>
        {describeValue(value.path)}
        <code>
          {name}
          {value.written ? "" : " · default"}
        </code>
      </span>
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
        // On the way of a curve from or to 0 the digits would say nothing.
        value={value.samples && Math.abs(now) < value.step / 10 ? 0 : shortNumber(now, value.step)}
        step={value.step}
        disabled={locked}
        limits={[value.min, value.max]}
        onChange={(number) => setValueNow(value, number)}
      />
      <span class="unit">{value.unit}</span>
      <KeyMark value={value} />
      <ResetMark value={value} />
    </div>
  );
}

function KeyMark({ value }: { readonly value: ValueSummary }): JSX.Element {
  const keyed = isKeyed(value);
  const key = keyHere(value);
  const here = key !== undefined;
  // Without an entry of the timeline it is the value itself.
  const stays = here && key.entry === undefined && shotTimeSec.value < 0.5 / fps.value;
  const locked = value.expression !== undefined;
  const too = sharedKeys(value) > 1 ? `, and of the other ${value.path.at(-2)}` : "";
  const label = stays
    ? `The key of ${value.label} at 0 is the value itself`
    : `${here ? "Remove the" : "Add a"} key of ${value.label} here${too}`;
  return (
    <button
      type="button"
      class={["mark", "key", keyed && "keyed", here && "here"].filter(Boolean).join(" ")}
      aria-label={label}
      title={label}
      disabled={locked || stays}
      onClick={() => (here ? removeKeyHere(value) : addKeyHere(value))}
    >
      <Icon name="key" size={13} />
    </button>
  );
}

/** Takes the value out of the text. A layer has no default: it goes. */
function ResetMark({ value }: { readonly value: ValueSummary }): JSX.Element {
  const keyed = value.keys.some(({ entry }) => entry !== undefined);
  const weight = isWeightPath(value.path);
  const title = !value.written
    ? "This is the default"
    : keyed
      ? "It has keys: remove them first"
      : weight
        ? `Remove ${value.label} from the dream`
        : "Back to the default";
  return (
    <button
      type="button"
      class="mark"
      aria-label={weight ? `Remove ${value.label}` : `Default for ${value.label}`}
      title={title}
      disabled={!value.written || keyed}
      onClick={() => resetValue(value)}
    >
      {value.written && !keyed && <Icon name={weight ? "close" : "reset"} size={13} />}
    </button>
  );
}
