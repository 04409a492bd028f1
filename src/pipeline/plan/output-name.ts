import { type Output, withVariant } from "../../output.ts";
import type { Scene } from "../../scene/scene.ts";

/** Default output of a scene. A preview has its own name: `zoom.preview.mp4`. */
export function outputOf({ output: { target } }: Scene, preview = false): Output {
  return preview ? withVariant(target, "preview") : target;
}
