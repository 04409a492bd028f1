import type { RenderCache } from "../cache/render-cache.ts";
import type { Part } from "../frames/film.ts";
import type { StepTools } from "../frames/frame-step.ts";
import type { FrameWriter } from "../frames/frame-writer.ts";
import { dreamShot } from "../frames/shot.ts";
import { isSeenAlone, type RenderPlan } from "../plan/plan.ts";

interface PartStore {
  readonly plan: RenderPlan;
  readonly cache: RenderCache;
  readonly writer: FrameWriter;
}

/**
 * Dream a part of a shot ahead of the film: its frames that show no other shot are finished and stored, and checkpoints of
 * the others. Returns the frame after the last, which is earlier than asked where the source ends. Throws the errors of
 * `dreamShot` and `FrameWriter.write`; the caller waits for `writer`.
 */
export async function dreamPart(
  { shot, number, range }: Part,
  tools: Omit<StepTools, "dreamer">,
  { plan, cache, writer }: PartStore,
): Promise<number> {
  let frame = range.from;
  try {
    for await (const picture of dreamShot(shot, tools, range)) {
      if (picture && isSeenAlone(plan, number, frame))
        await writer.write(shot.plan.offset + frame, picture);
      frame++;
    }
  } finally {
    await cache.checkpoints(number).flush();
  }
  return frame;
}
