/** Where a part of a film goes: beside the whole film, which it never replaces. */
import { outputPath, parseOutput, withVariant } from "../output.ts";

/** `zoom.mp4` with frames 12 to 35 is `zoom.12-35.mp4`. */
export function rangeOutput(output: string, [first, last]: readonly [number, number]): string {
  return outputPath(withVariant(parseOutput(output), `${first}-${last}`));
}
