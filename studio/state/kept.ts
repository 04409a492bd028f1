/** What this window keeps of each scene until it is closed: a reload of the page keeps it too. */
import { readStored, store } from "./storage.ts";

interface Kept {
  readonly name: string;
  readonly map: Map<string, unknown>;
  readonly complete: () => void;
}

const all: Kept[] = [];

/** Numbers of scenes to keep, tried in turn: the browser stores a few megabytes. */
const counts = [30, 10, 3, 1];

/**
 * A map by the path of the scene, with values of JSON, as it was before the page was loaded anew. `complete` adds what is
 * not in it yet; the scenes set last are kept longest.
 */
export function keptByScene<T>(
  name: string,
  complete: (map: Map<string, T>) => void,
): Map<string, T> {
  const map = new Map<string, T>(readStored<[string, T][]>("sessionStorage", name));
  all.push({ name, map, complete: () => complete(map) });
  return map;
}

/** Keep all maps when the page goes. */
export function startKept(): void {
  addEventListener("pagehide", () => {
    for (const { name, map, complete } of all) {
      complete();
      const entries = [...map];
      counts.some((count) => store("sessionStorage", name, entries.slice(-count)));
    }
  });
}

/** A scene has another path: what is kept of it goes along. */
export function moveKept(from: string, to: string): void {
  if (from === to) return;
  for (const { map, complete } of all) {
    complete();
    const value = map.get(from);
    map.delete(from);
    if (value !== undefined) map.set(to, value);
  }
}
