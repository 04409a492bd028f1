/** A first impression of a change: the frame dreamed from the one before it, as that one was before the change. */
import type { Frame } from "../frame.ts";
import { dreamFilm, type Part } from "../pipeline/frames/film.ts";
import type { StepTools } from "../pipeline/frames/frame-step.ts";
import type { PreparedRender } from "../pipeline/plan/prepare.ts";
import { noCheckpoints } from "./look-cuts.ts";

/** Where `LookFrames` finds the newest picture of a frame, whatever the text was. */
export function placeOf(
  file: string,
  { plan }: PreparedRender,
  shot: number,
  local: number,
): string {
  return `${file} ${plan.size.width} ${shot} ${local}`;
}

/**
 * The only frame of `one`, which stands in `part` alone, dreamed from `before`: what a change does to it is seen in the
 * time of one frame. The frames before it, which the change alters too, are not dreamed.
 */
export async function impressionOf(
  one: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  { range: { from } }: Part,
  before: Frame,
  signal: AbortSignal,
): Promise<Frame | undefined> {
  const checkpoints = {
    ...noCheckpoints,
    has: (local: number): boolean => local === from - 1,
    load: async (): Promise<Frame> => before,
  };
  let picture: Frame | undefined;
  for await (const frame of dreamFilm(one, tools, { checkpoints: () => checkpoints, signal }))
    picture = frame;
  return picture;
}
