import type { Dreamer } from "../../dream/dreamer.ts";
import { DreamError } from "../../errors.ts";
import type { Network } from "../../network.ts";
import { animatedIn, isTrack } from "../../scene/animated.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import { dreamsOf, type Scene } from "../../scene/scene.ts";
import { objectivesOf } from "./frame-settings.ts";
import { place } from "./place.ts";

type Path = readonly (string | number)[];

/**
 * Resolve every layer and class of a scene. Throws `SCENE_UNKNOWN_LAYER` or `SCENE_UNKNOWN_CLASS` at the name's
 * position in the scene, `SCENE_INVALID` if none is left or a direction does not fit its layer.
 */
export function checkNames(scene: Scene, dreamer: Dreamer, parameters: FrameParameters): void {
  const values = [parameters, ...(parameters.regions ?? [])];
  for (const [i, { path, dream }] of dreamsOf(scene).entries()) {
    const objectives = objectivesOf(dreamer, dream);
    const given = values[i]!.dream;
    for (const key of ["layers", "classes"] as const) {
      for (const [name, weight] of Object.entries(given[key] ?? {})) {
        const own = { [key]: { [name]: weight }, ...(objectives ? { objectives } : {}) };
        atName(scene, [...path, key], name, () => dreamer.targets(own));
      }
    }
    // Where regions dream, the rest of the picture may be left as it is.
    const needsNone = i === 0 && scene.regions !== undefined && given.layers !== undefined;
    const isEmpty =
      Object.keys(given.layers ?? (i === 0 && !given.classes ? { own: 1 } : {})).length === 0 &&
      Object.keys(given.classes ?? {}).length === 0;
    if (isEmpty && !needsNone) throw nothingNamed(scene, dreamer.network, [...path, "layers"]);
  }
}

function nothingNamed(scene: Scene, network: Network, path: Path): DreamError {
  const dream = path.slice(0, -1).join(".");
  return new DreamError(
    "SCENE_INVALID",
    `no layer or class to dream on: ${dream}.layers is empty`,
    {
      ...place(scene, path),
      hint: layerHint(network, dream === "dream"),
    },
  );
}

/** Do `work`; its errors get the position of a name in the map of layers or classes at `path`. */
export function atName<T>(scene: Scene, path: Path, name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    const code = error.code === "USAGE" ? "SCENE_INVALID" : error.code;
    throw new DreamError(code, error.message, {
      ...place(scene, namedAt(scene, path, name), "key"),
      ...(error.hint ? { hint: error.hint } : {}),
    });
  }
}

/** Position of a name: outside the timeline, or in the first entry that gives it a weight. */
function namedAt(scene: Scene, path: Path, name: string): Path {
  const own = [...path, name];
  const weight = animatedIn(dreamsOf(scene).map(({ dream }) => [dream.layers, dream.classes])).find(
    (one) => one.path.join("\n") === own.join("\n"),
  );
  const keys = weight && isTrack(weight.value) ? weight.value.keys : [];
  return keys.find((one) => one.value !== 0)?.path ?? own;
}

function layerHint(network: Network, hasDefault: boolean): string {
  const name = `Name a layer, such as ${network.layers.at(-2)?.name ?? "the network's last"}`;
  return hasDefault ? `${name}, or remove dream.layers to use the default.` : `${name}.`;
}
