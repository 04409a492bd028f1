/** Every key of the page. What is listed here is what `?` shows. */

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
  readonly group: "Play" | "Scene" | "Timeline" | "Page";
  /** `Ctrl` also stands for ⌘. */
  readonly match: string;
  readonly run: () => void;
  /** Whether it works while text is being typed. */
  readonly whileTyping?: boolean;
  /** Whether holding the key repeats it. */
  readonly repeats?: boolean;
}

const shortcuts: Shortcut[] = [];

export function addShortcuts(list: readonly Shortcut[]): void {
  shortcuts.push(...list);
}

export function allShortcuts(): readonly Shortcut[] {
  return shortcuts;
}

/** `Ctrl+Shift+z`, `ArrowLeft`, `?`. */
function nameOf(event: KeyboardEvent): string {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  const letter = event.key.length === 1;
  // The shift of `?` is part of the character.
  if (event.shiftKey && (!letter || /[a-z]/i.test(event.key))) parts.push("Shift");
  parts.push(letter ? event.key.toLowerCase() : event.key);
  return parts.join("+");
}

/** Whether the focus is where keys are characters. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !/^(range|checkbox|radio|button|file)$/.test(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Keys that controls use themselves when they have the focus. */
function belongsToControl(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return false;
  if (target.closest("[data-keys]"))
    return /^(Arrow|Home|End|Page|Delete|Backspace|Enter)/.test(key);
  if (target instanceof HTMLInputElement && /^(range|radio)$/.test(target.type))
    return /^(Arrow|Home|End|Page)/.test(key);
  const acts = target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement;
  return acts && (key === "Enter" || key === " ") && !event.ctrlKey && !event.metaKey;
}

/** After a click on a button, space plays and arrows step: the button keeps the focus only of who came to it by keys. */
function leaveClicked(event: MouseEvent): void {
  // A key that presses a button is a click without a count.
  if (event.detail === 0 || document.querySelector("dialog[open]")) return;
  const button = event.target instanceof Element && event.target.closest("button");
  // A menu gives the focus back. The place stays: Tab goes on from there.
  if (button && button === document.activeElement && !button.hasAttribute("aria-haspopup"))
    button.blur();
}

export function startKeyboard(): void {
  addEventListener("click", leaveClicked);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    const found = shortcuts.find(({ match }) => match === name);
    if (!found || belongsToControl(event)) return;
    if (isTyping(event.target) && !found.whileTyping) return;
    event.preventDefault();
    if (event.repeat && !found.repeats) return;
    found.run();
  });
}
