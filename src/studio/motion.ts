/** The movement of a scene without its dream, frame by frame. */
import { dreamFilm } from "../pipeline/frames/film.ts";
import { shotAt } from "../pipeline/plan/plan.ts";
import { motionOnly } from "../scene/motion-only.ts";
import { parseScene } from "../scene/parse.ts";
import type { MotionCall, MotionPicture } from "./calls.ts";
import { toJpeg } from "./look.ts";
import { cutsForLook, noCheckpoints } from "./look-cuts.ts";
import { framesToMove } from "./look-moved.ts";
import { smallScene } from "./small-scene.ts";
import type { Workshop } from "./workshop.ts";

/**
 * Make the frames of a range as `dreamreel render --motion` does, and report them in order. The first ones depend on frames
 * before the range, of which those are made that can still be seen. Throws what `prepareRender` throws, `INTERRUPTED`.
 */
export async function playMotion(
  workshop: Workshop,
  { text, file, frames: [from, to], width }: MotionCall,
  report: (picture: MotionPicture) => void,
  signal: AbortSignal,
): Promise<null> {
  const { scene } = await smallScene(motionOnly(parseScene(text, { path: file })), width);
  const prepared = await workshop.prepare(scene, { signal });
  try {
    const last = Math.min(to, prepared.plan.frames - 1);
    const first = Math.max(0, Math.min(from, last));
    const plan = { ...prepared.plan, first, last };
    const tools = await workshop.tools(scene, plan);
    const { shot, local } = shotAt(plan, first);
    const begins = prepared.shots[plan.shots.indexOf(shot)]!;
    let frame = first;
    const film = dreamFilm({ ...prepared, plan }, tools, {
      maxBefore: framesToMove(begins, local),
      signal,
      checkpoints: (number) => {
        const shot = prepared.shots[number]!;
        const cuts = cutsForLook(shot, first - shot.plan.offset, tools.grader);
        return { ...noCheckpoints, ...(cuts ? { cuts } : {}) };
      },
    });
    for await (const picture of film) {
      if (picture) report({ jpeg: await toJpeg(picture), frame });
      if (++frame > last) break;
    }
    return null;
  } finally {
    await prepared.dispose();
  }
}
