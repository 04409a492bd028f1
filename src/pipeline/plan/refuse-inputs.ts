import { refuseReplacing } from "../../disk/refuse-replacing.ts";
import type { Scene } from "../../scene/scene.ts";
import { listFrames } from "../../video/source.ts";
import { namedFiles } from "./named-files.ts";

/** Throws `OUTPUT_EXISTS` where one of `outputs` would replace a file that the scene is made from, or the scene itself. */
export async function refuseInputs(scene: Scene, ...outputs: readonly string[]): Promise<void> {
  const inputs = await inputsOf(scene);
  for (const output of outputs) await refuseReplacing(output, inputs);
}

/** All files that a scene reads, and its own. */
async function inputsOf(scene: Scene): Promise<Set<string>> {
  const files = new Set(namedFiles(scene).map(({ file }) => file));
  if (scene.path !== undefined) files.add(scene.path);
  for (const { source } of scene.shots ?? [scene]) {
    if (source.type !== "frames") continue;
    files.delete(source.pattern);
    // A missing sequence is reported when it is opened.
    for (const file of await listFrames(source.pattern).catch(() => [])) files.add(file);
  }
  return files;
}
