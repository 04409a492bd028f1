import type { Dreamer } from "../../dream/dreamer.ts";
import { DreamError } from "../../errors.ts";
import type { Network } from "../../network.ts";
import { isTrack } from "../../scene/animated.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import type { Scene } from "../../scene/scene.ts";
import { objectivesOf } from "./frame-settings.ts";
import { place } from "./place.ts";

/**
 * Resolve every layer and class of a scene. Throws `SCENE_UNKNOWN_LAYER` or `SCENE_UNKNOWN_CLASS` at the name's
 * position in the scene, `SCENE_INVALID` if none is left or a direction does not fit its layer.
 */
export function checkNames(scene: Scene, dreamer: Dreamer, { dream }: FrameParameters): void {
  const objectives = objectivesOf(dreamer, scene);
  for (const key of ["layers", "classes"] as const) {
    for (const [name, weight] of Object.entries(dream[key] ?? {})) {
      const own = { [key]: { [name]: weight }, ...(objectives ? { objectives } : {}) };
      atName(scene, key, name, () => dreamer.targets(own));
    }
  }
  if (
    Object.keys(dream.layers ?? { own: 1 }).length + Object.keys(dream.classes ?? {}).length ===
    0
  ) {
    throw new DreamError("SCENE_INVALID", "no layer or class to dream on: dream.layers is empty", {
      ...place(scene, ["dream", "layers"]),
      hint: layerHint(dreamer.network),
    });
  }
}

/** Do `work`; its errors get the position of a layer's or class's name in the scene. */
export function atName<T>(scene: Scene, key: "layers" | "classes", name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    const code = error.code === "USAGE" ? "SCENE_INVALID" : error.code;
    throw new DreamError(code, error.message, {
      ...place(scene, namedAt(scene, key, name), "key"),
      ...(error.hint ? { hint: error.hint } : {}),
    });
  }
}

/** Position of a name: outside the timeline, or in the first entry that gives it a weight. */
function namedAt(
  { dream }: Scene,
  key: "layers" | "classes",
  name: string,
): readonly (string | number)[] {
  const value = dream[key]?.[name]?.value;
  const keys = value !== undefined && isTrack(value) ? value.keys : [];
  return keys.find((one) => one.value !== 0)?.path ?? ["dream", key, name];
}

function layerHint(network: Network): string {
  return `Name a layer, such as ${network.layers.at(-2)?.name ?? "the network's last"}, or remove dream.layers to use the default.`;
}
