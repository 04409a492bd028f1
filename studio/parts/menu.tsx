/** A small menu at a place of the page: arrow keys move in it, Escape and a click elsewhere close it. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";
import "./menu.css";

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly keys?: string;
  readonly run: () => void;
}

export interface MenuProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** Of the page, px. */
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
}

export function Menu({ label, items, at, onClose }: MenuProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    const menu = place.current;
    if (!menu) return;
    // Within the window, whatever the place.
    menu.style.left = `${Math.max(8, Math.min(at.x, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(at.y, innerHeight - menu.offsetHeight - 8))}px`;
    (menu.firstElementChild as HTMLElement | null)?.focus();
  }, [at]);
  useEffect(() => {
    const outside = (event: Event): void => {
      if (!place.current?.contains(event.target as Node)) onClose();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [onClose]);
  const close = (): void => {
    onClose();
    (before.current as HTMLElement | null)?.focus?.();
  };
  const move = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const all = [...(place.current?.children ?? [])] as HTMLElement[];
    const index = all.indexOf(document.activeElement as HTMLElement);
    all[(index + by + all.length) % all.length]?.focus();
  };
  return (
    <div ref={place} class="menu" role="menu" tabIndex={-1} aria-label={label} onKeyDown={move}>
      {items.map(({ icon, label: name, keys, run }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          onClick={() => {
            close();
            run();
          }}
        >
          <Icon name={icon} /> {name}
          {keys !== undefined && <span class="faint">{keys}</span>}
        </button>
      ))}
    </div>
  );
}
