/** A field for one number: typed and entered, or stepped with the arrow keys. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { plainNumber } from "../parts/format.ts";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}

export function NumberField({
  label,
  value,
  step,
  disabled,
  onChange,
}: NumberFieldProps): JSX.Element {
  // What is being typed; undefined shows the value.
  const [draft, setDraft] = useState<string>();
  const commit = (): void => {
    const number = Number(draft?.replace(",", "."));
    if (draft !== undefined && draft.trim() !== "" && Number.isFinite(number) && number !== value)
      onChange(number);
    setDraft(undefined);
  };
  return (
    <input
      class="number"
      type="text"
      inputMode="decimal"
      aria-label={label}
      value={draft ?? plainNumber(value)}
      disabled={disabled}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") setDraft(undefined);
        const by = event.key === "ArrowUp" ? step : event.key === "ArrowDown" ? -step : 0;
        if (by === 0) return;
        event.preventDefault();
        setDraft(undefined);
        onChange(value + by * (event.shiftKey ? 10 : 1));
      }}
    />
  );
}
