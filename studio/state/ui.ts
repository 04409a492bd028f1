/** What of the page is open. It is kept in this browser where it belongs to the person, not the scene. */
import { effect, type Signal, signal } from "@preact/signals";

function kept<T>(name: string, initial: T): Signal<T> {
  const key = `dreamreel.${name}`;
  let first = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null) first = JSON.parse(text) as T;
  } catch {
    // Storage may be closed; the page works without it.
  }
  const value = signal(first);
  effect(() => {
    const text = JSON.stringify(value.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // As above.
    }
  });
  return value;
}

export type SideTab = "knobs" | "text" | "renders";
export const sideTab = kept<SideTab>("side", "knobs");
const narrow = matchMedia("(max-width: 1000px)");
export const scenesShown = kept("scenes", true);
if (narrow.matches) scenesShown.value = false;
narrow.addEventListener("change", () => {
  scenesShown.value = !narrow.matches;
});
export const muted = kept("muted", false);
export const snapping = kept("snap", true);
export const lanesShown = kept("lanes", true);
/** Height of the curves, px. */
export const curvesHeight = kept("curves", 84);

export type Dialog = "help" | "new" | undefined;
export const dialog = signal<Dialog>(undefined);
