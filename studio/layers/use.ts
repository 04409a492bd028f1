/** Which layers and channels the scene amplifies, and adding and removing them. */

import { editScene } from "../../src/studio/edit/edit-scene.ts";
import { isShared } from "../../src/studio/edit/own.ts";
import { isWritten, keysAt } from "../../src/studio/edit/yaml-text.ts";
import { editText } from "../editor/view.ts";
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

export function addLayer(name: string, weight = 1): void {
  const place = placeOfLayers();
  const at = place === undefined ? {} : { shot: place };
  const prefix = place === undefined ? [] : ["shots", place];
  const path = ["dream", "layers", name];
  const timing = timingOf(place);
  if (
    isWritten(text.peek(), [...prefix, "dream", "layers"]) ||
    isWritten(text.peek(), [...prefix, "dream", "classes"])
  ) {
    applyEdits([{ type: "set", path, value: weight, ...at }], timing);
    return;
  }
  // The network's own choice is not written: it stays, beside the new one.
  const layers = Object.fromEntries([...usedLayers(), name].map((layer) => [layer, weight]));
  editText(
    editScene(
      text.peek(),
      [{ type: "set", path: ["dream", "layers"], value: layers, ...at }],
      timing,
    ),
  );
}

export function removeLayer(name: string): void {
  const place = placeOfLayers();
  const at = place === undefined ? {} : { shot: place };
  if (film.peek())
    applyEdits([{ type: "remove", path: ["dream", "layers", name], ...at }], timingOf(place));
}
