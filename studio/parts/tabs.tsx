/** A row of tabs; the arrow keys move along it. */
import type { JSX } from "preact";

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly label: string;
  readonly badge?: number;
  readonly bad?: boolean;
}

export interface TabsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Id>[];
  readonly chosen: Id;
  readonly onChoose: (id: Id) => void;
}

export function Tabs<Id extends string>({
  label,
  tabs,
  chosen,
  onChoose,
}: TabsProps<Id>): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const index = tabs.findIndex(({ id }) => id === chosen);
    const next = (index + by + tabs.length) % tabs.length;
    onChoose(tabs[next]!.id);
    const row = event.currentTarget as HTMLElement;
    (row.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ id, label: name, badge, bad }) => (
        <button
          key={id}
          type="button"
          role="tab"
          class="tab"
          aria-selected={id === chosen}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {name} {badge !== undefined && <span class={bad ? "badge bad" : "badge"}>{badge}</span>}
        </button>
      ))}
    </div>
  );
}
