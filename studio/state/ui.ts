/** What of the page is open. It is kept in this browser where it belongs to the person, not the scene. */
import { effect, type Signal, signal } from "@preact/signals";
import { readStored, store } from "./storage.ts";

function kept<T>(name: string, initial: T): Signal<T> {
  const value = signal(readStored<T>("localStorage", name) ?? initial);
  effect(() => {
    store("localStorage", name, value.value);
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
