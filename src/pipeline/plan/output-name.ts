import { DreamError } from "../../errors.ts";
import { type Output, withVariant } from "../../output.ts";
import type { Scene } from "../../scene/scene.ts";

/** Default output of a scene. A preview has its own name: `zoom.preview.mp4`. */
export function outputOf({ output: { target } }: Scene, preview = false): Output {
  return preview ? withVariant(target, "preview") : target;
}

/** Throws `USAGE` if two of several scenes have one output. */
export function refuseEqualOutputs(outputs: readonly string[]): void {
  const twice = outputs.find((file, i) => outputs.indexOf(file) < i);
  if (twice === undefined) return;
  throw new DreamError("USAGE", "two of the scenes have the same output", {
    where: twice,
    hint: "Give each scene an output.file of its own.",
  });
}
