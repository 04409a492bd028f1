/** A field for one number: typed and entered, or stepped with the arrow keys. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { plainNumber } from "../parts/format.ts";
import { useEntered } from "./entered.ts";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly disabled?: boolean;
  /** Least and greatest number: the field says so when more is typed. */
  readonly limits?: readonly [number, number];
  /** Returns the number that holds now: rounded or limited; undefined where none was taken. */
  readonly onChange: (value: number) => number | undefined;
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

/** Whether all of a field's text is selected. */
function isSelected(field: HTMLInputElement | null): boolean {
  return (
    field !== null &&
    document.activeElement === field &&
    field.value.length > 0 &&
    field.selectionStart === 0 &&
    field.selectionEnd === field.value.length
  );
}

export function NumberField({
  label,
  value,
  step,
  disabled,
  limits,
  onChange,
}: NumberFieldProps): JSX.Element {
  // What is being typed; undefined shows the number.
  const [draft, setDraft] = useState<string>();
  // The next step begins from what was entered.
  const [now, enter] = useEntered(value);
  const [note, setNote] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (note === undefined) return;
    const timer = setTimeout(setNote, noteMs, undefined);
    return () => clearTimeout(timer);
  }, [note]);
  const shown = draft ?? plainNumber(now);
  // The browser drops the selection when the text changes, and what is typed next would be put behind the number.
  const selected = isSelected(field.current);
  useLayoutEffect(() => {
    if (selected) field.current?.select();
  });
  const change = (number: number): void => {
    setNote(limitNote(number, limits));
    enter(onChange(number));
  };
  const commit = (): void => {
    const number = Number(draft?.replace(",", "."));
    if (draft !== undefined && draft.trim() !== "" && Number.isFinite(number) && number !== now)
      change(number);
    setDraft(undefined);
  };
  return (
    <>
      <input
        ref={field}
        class="number"
        type="text"
        inputMode="decimal"
        aria-label={label}
        value={shown}
        disabled={disabled}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            commit();
            event.currentTarget.select();
          }
          if (event.key === "Escape") setDraft(undefined);
          const by = event.key === "ArrowUp" ? step : event.key === "ArrowDown" ? -step : 0;
          if (by === 0) return;
          event.preventDefault();
          setDraft(undefined);
          change(now + by * (event.shiftKey ? 10 : 1));
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
