import { withVariant } from "../../scene/output-variant.ts";
import type { Scene } from "../../scene/scene.ts";

/** Default output of a scene. A preview has its own name: `zoom.preview.mp4`. */
export function outputOf({ output: { file } }: Scene, preview = false): string {
  return preview ? withVariant(file, "preview") : file;
}
