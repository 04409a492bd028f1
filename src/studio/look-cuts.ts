/** Cuts of a clip for a look far into it, which does not wait for all pictures before. */

import type { Grader } from "../flow/color.ts";
import type { Cuts } from "../pipeline/cache/known-cuts.ts";
import type { ShotCheckpoints } from "../pipeline/frames/to-make.ts";
import type { PreparedShot } from "../pipeline/plan/prepare.ts";

/** Frames from which on a look takes a clip as one piece. */
const farFrame = 48;

/** Colours of the first pictures of clips, by the clip and its size. */
const colors = new Map<string, ReturnType<Grader["measureFrame"]>>();
const maxColors = 50;

/** What a look goes on from where there is nothing else. */
export const noCheckpoints: ShotCheckpoints = {
  has: () => false,
  isLasting: () => false,
  load: () => Promise.reject(new Error("there are no checkpoints")),
  save: async () => {},
};

/**
 * Take a shot as without cuts, with the colours of its first picture, for a look at its frame `local`; undefined near the
 * start, where the cuts are found as in a render.
 */
export function cutsForLook(
  shot: PreparedShot,
  local: number,
  grader: Grader,
): ShotCheckpoints["cuts"] {
  const { preRoll, warmUp, shot: own } = shot.plan;
  if (shot.still || local < farFrame) return undefined;
  const first = -preRoll - warmUp;
  return {
    async load(): Promise<Cuts> {
      const held = own.color.match === "first" ? await firstColors(shot, grader) : undefined;
      return { segments: [{ first, colors: held }], last: Number.MAX_SAFE_INTEGER, from: first };
    },
    save: async () => {},
    isCut: () => false,
  };
}

async function firstColors(
  { plan, open }: PreparedShot,
  grader: Grader,
): ReturnType<Grader["measureFrame"]> {
  const key = JSON.stringify([plan.shot.source, plan.shot.output.size]);
  const known = colors.get(key);
  if (known) return known;
  const measured = open().then(async (inputs) => {
    try {
      return await grader.measureFrame((await inputs.next())!.source);
    } finally {
      await inputs.close();
    }
  });
  colors.set(key, measured);
  measured.catch(() => colors.delete(key));
  const [oldest] = colors.keys();
  if (colors.size > maxColors && oldest !== undefined) colors.delete(oldest);
  return measured;
}
