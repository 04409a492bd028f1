import type { ScenePlace } from "../../errors.ts";
import { locate } from "../../scene/places.ts";
import type { Scene } from "../../scene/scene.ts";

/** The position of a value of the scene, or of its key, as an option for errors. */
export function place(
  { path: where, places }: Scene,
  path: readonly (string | number)[],
  part?: "key",
): { readonly place: ScenePlace } {
  return {
    place: locate(places, path, part) ?? { path, ...(where === undefined ? {} : { where }) },
  };
}
