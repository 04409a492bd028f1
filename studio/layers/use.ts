/** Which layers and channels the scene amplifies, and adding and removing them. */

import { isShared } from "../../src/studio/edit/own.ts";
import { isWritten, keysAt } from "../../src/studio/edit/yaml-text.ts";
import { applyEdits, timingOf, valuesHere } from "../knobs/set.ts";
import { film } from "../state/check.ts";
import { text } from "../state/document.ts";
import { shot } from "../state/playhead.ts";

/** Names of the layers of the shot under the playhead: those that are written, else the network's own. */
export function usedLayers(): ReadonlySet<string> {
  const place = placeOfLayers();
  const prefix = place === undefined ? [] : ["shots", place];
  const written = keysAt(text.value, [...prefix, "dream", "layers"]);
  if (written) return new Set(written);
  const known = valuesHere().filter(
    ({ path }) => path[0] === "dream" && path[1] === "layers" && path.length === 3,
  );
  return new Set(known.map(({ path }) => String(path[2])));
}

/** Where the layers of the shot under the playhead are written: in the shot, or at the top for all. */
function placeOfLayers(): number | undefined {
  const index = shot.peek()?.index;
  if (index === undefined || !isWritten(text.peek(), ["shots"])) return undefined;
  return isShared(text.peek(), ["dream", "layers"], index) ? undefined : index;
}

/** Add a layer. The network's own choice, which is not written, stays beside it. */
export function addLayer(name: string): void {
  const place = placeOfLayers();
  const own = [...usedLayers()].map((layer) => [layer, 1] as const);
  applyEdits(
    [
      {
        type: "set",
        path: ["dream", "layers", name],
        value: 1,
        ...(own.length > 0 ? { start: Object.fromEntries(own) } : {}),
        ...(place === undefined ? {} : { shot: place }),
      },
    ],
    timingOf(place),
  );
}

export function removeLayer(name: string): void {
  const place = placeOfLayers();
  const at = place === undefined ? {} : { shot: place };
  if (film.peek())
    applyEdits([{ type: "remove", path: ["dream", "layers", name], ...at }], timingOf(place));
}
