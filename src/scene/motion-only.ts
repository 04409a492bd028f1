import { withVariant } from "../output.ts";
import { ranges } from "./ranges.ts";
import type { Scene } from "./scene.ts";

/**
 * `scene` with everything but the dream: the picture moves, feeds back and mixes as it will, at the speed of the video
 * alone. It has an output of its own, such as `zoom.motion.mp4`.
 */
export function motionOnly(scene: Scene): Scene {
  const { output, shots } = scene;
  return {
    ...undreamed(scene),
    output: { ...output, target: withVariant(output.target, "motion") },
    ...(shots ? { shots: shots.map(undreamed) } : {}),
  };
}

function undreamed<T extends Scene>(shot: T): T {
  const path = ["dream", "iterations"];
  return {
    ...shot,
    regions: undefined,
    dream: { iterations: { path, range: ranges.iterations, value: 0 } },
  };
}
