/** Buttons: an icon with a label for all, and the key that does the same. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

export interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  /** Shown beside the icon; without it the label is for screen readers and the tooltip. */
  readonly children?: ComponentChildren;
  readonly keys?: string;
  readonly kind?: "main" | "framed";
  readonly small?: boolean;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

export function Button(props: ButtonProps): JSX.Element {
  const { label, icon, children, keys, kind, small, pressed, disabled, onClick } = props;
  const classes = ["button", kind, small && "small", children === undefined && "icon"];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface ToggleProps extends Omit<ButtonProps, "pressed" | "onClick"> {
  readonly of: Signal<boolean>;
}

/** A button that turns something of the page on and off. */
export function Toggle({ of, ...props }: ToggleProps): JSX.Element {
  return (
    <Button
      {...props}
      pressed={of.value}
      onClick={() => {
        of.value = !of.value;
      }}
    />
  );
}
