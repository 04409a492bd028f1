import type { Dreamer } from "../../dream/dreamer.ts";
import { animatedIn } from "../../scene/animated.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import { parametersAt, type ShotPlan } from "../plan/shot-plan.ts";

/** A frame of a shot, and the number of frames in which the same networks and regions take part. */
export interface Activity {
  readonly frame: number;
  readonly count: number;
}

/** What takes part in the frames of a shot, each combination once; the frames before the first count with it. */
export function activitiesOf(
  plan: ShotPlan,
  tools: { readonly dreamer: Dreamer; readonly preview: boolean },
): Activity[] {
  const { shot, frames, preRoll, warmUp } = plan;
  const before = preRoll + warmUp;
  const { dream, regions } = shot;
  const changes = animatedIn([dream.layers, dream.classes, regions]).some(
    ({ value }) => typeof value === "object",
  );
  const several = "networks" in shot.model || regions !== undefined;
  if (!several || !changes) return [{ frame: 0, count: frames + before }];
  const found = new Map<string, Activity>();
  for (let frame = 0; frame < frames; frame++) {
    const key = tools.dreamer
      .activeGroups(dreamSettings(tools, shot, parametersAt(plan, frame)))
      .join();
    const known = found.get(key) ?? { frame, count: frame === 0 ? before : 0 };
    found.set(key, { ...known, count: known.count + 1 });
  }
  return [...found.values()];
}
