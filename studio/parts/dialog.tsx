/** A window over the page: the browser's own dialog, which keeps the focus inside and closes with Escape. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { Toasts } from "./toasts.tsx";
import "./dialog.css";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}

export function Dialog({ title, onClose, children, wide }: DialogProps): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    place.current?.showModal();
    // Not the button that closes: Enter would throw away what was begun.
    (place.current?.querySelector<HTMLElement>("[data-first]") ?? place.current)?.focus();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={place}
      tabIndex={-1}
      class={wide ? "dialog wide" : "dialog"}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === place.current && onClose()}
    >
      <div class="inside">
        <header>
          <h2>{title}</h2>
          <Button label="Close" icon="close" keys="Esc" onClick={onClose} />
        </header>
        {children}
      </div>
      {/* Nothing outside of an open dialog can be pressed, and its backdrop covers it. */}
      <Toasts />
    </dialog>
  );
}
