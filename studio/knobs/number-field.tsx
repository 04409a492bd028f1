/** A field for one number: typed and entered, or stepped with the arrow keys. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { plainNumber } from "../parts/format.ts";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly disabled?: boolean;
  /** Least and greatest number: the field says so when more is typed. */
  readonly limits?: readonly [number, number];
  readonly onChange: (value: number) => void;
}

const noteMs = 4000;

function limitNote(
  number: number,
  limits: readonly [number, number] | undefined,
): string | undefined {
  if (!limits) return undefined;
  const [least, most] = limits;
  if (number > most) return `at most ${most}`;
  return number < least ? `at least ${least}` : undefined;
}

export function NumberField({
  label,
  value,
  step,
  disabled,
  limits,
  onChange,
}: NumberFieldProps): JSX.Element {
  // What is being typed; undefined shows the value.
  const [draft, setDraft] = useState<string>();
  const [note, setNote] = useState<string>();
  useEffect(() => {
    if (note === undefined) return;
    const timer = setTimeout(setNote, noteMs, undefined);
    return () => clearTimeout(timer);
  }, [note]);
  const change = (number: number): void => {
    setNote(limitNote(number, limits));
    onChange(number);
  };
  const commit = (): void => {
    const number = Number(draft?.replace(",", "."));
    if (draft !== undefined && draft.trim() !== "" && Number.isFinite(number) && number !== value)
      change(number);
    setDraft(undefined);
  };
  return (
    <>
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
          change(value + by * (event.shiftKey ? 10 : 1));
        }}
      />
      {note !== undefined && (
        <span class="limit" role="status">
          {note}
        </span>
      )}
    </>
  );
}
