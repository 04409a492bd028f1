import { extname } from "node:path";
import type { Scene } from "../../scene/scene.ts";

/** Default output of a scene. A preview has its own name: `zoom.preview.mp4`. */
export function outputOf({ output: { file } }: Scene, preview = false): string {
  if (!preview) return file;
  const ending = /[/\\]$/.test(file) ? file.slice(-1) : extname(file);
  return `${file.slice(0, file.length - ending.length)}.preview${ending}`;
}
