import { extname } from "node:path";
import type { Scene } from "../../scene/scene.ts";

/** Where a render of a scene goes without another word. A preview has a name of its own: `zoom.preview.mp4`. */
export function outputOf({ output: { file } }: Scene, preview = false): string {
  if (!preview) return file;
  const ending = /[/\\]$/.test(file) ? file.slice(-1) : extname(file);
  return `${file.slice(0, file.length - ending.length)}.preview${ending}`;
}
