import { refuseReplacing } from "../../disk/refuse-replacing.ts";
import { directionsOf, paletteOf, type Scene } from "../../scene/scene.ts";
import { listFrames } from "../../video/source.ts";

/** Throws `OUTPUT_EXISTS` where one of `outputs` would replace a file that the scene is made from, or the scene itself. */
export async function refuseInputs(scene: Scene, ...outputs: readonly string[]): Promise<void> {
  const inputs = await inputsOf(scene);
  for (const output of outputs) await refuseReplacing(output, inputs);
}

/** All files that a scene reads, and its own. */
async function inputsOf(scene: Scene): Promise<Set<string>> {
  const files: (string | undefined)[] = [scene.path, scene.audio?.file];
  for (const shot of scene.shots ?? [scene]) {
    const { source, dream, matte, model } = shot;
    if ("file" in source) files.push(source.file);
    // A missing sequence is reported when it is opened.
    if (source.type === "frames")
      for (const file of await listFrames(source.pattern).catch(() => [])) files.push(file);
    files.push(dream.guide?.file, matte?.file, paletteOf(shot)?.file, ...directionsOf(dream));
    if ("file" in model) files.push(model.file, model.labels);
  }
  return new Set(files.filter((file) => file !== undefined));
}
