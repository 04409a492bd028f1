import { createHash } from "node:crypto";
import { formatScene } from "../scene/format.ts";
import { motionOnly } from "../scene/motion-only.ts";
import type { Scene } from "../scene/scene.ts";

/** A key of all that the movement of a scene depends on: scenes that differ in their dream only have the same. */
export function movementOf(scene: Scene): string {
  const text = formatScene(motionOnly({ ...scene, title: undefined }));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
