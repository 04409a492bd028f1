/** The browser's storage, as JSON. It may be closed or full; the page works without it. */

/** `localStorage` belongs to the browser, `sessionStorage` to the window. Closed, even naming it fails. */
type Place = "localStorage" | "sessionStorage";

/** What is stored under a name; undefined where there is none. */
export function readStored<T>(place: Place, name: string): T | undefined {
  try {
    const text = globalThis[place].getItem(`dreamreel.${name}`);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Store a value. False where the storage does not take it. */
export function store(place: Place, name: string, value: unknown): boolean {
  try {
    globalThis[place].setItem(`dreamreel.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
