/** Finished frames from which a look goes on. */
import { join } from "node:path";
import type { Frame } from "../frame.ts";
import { readImage } from "../image/image.ts";
import { CacheFolder } from "../pipeline/cache/cache-folder.ts";
import type { ShotCheckpoints } from "../pipeline/frames/shot.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import { isSeenAlone } from "../pipeline/plan/plan.ts";
import type { Scene } from "../scene/scene.ts";
import type { Size } from "./api.ts";
import { findFinished } from "./finished.ts";
import type { Workshop } from "./workshop.ts";

export interface FinishedStarts {
  /** Whether a frame has been taken. */
  readonly used: boolean;
  /** Of a shot, by its number. */
  of(shot: number): ShotCheckpoints;
}

/**
 * The finished frames of the scene's present text, brought to `size`; undefined where no render has made any. Frames in a
 * crossfade belong to no shot alone and are left out, as is the frame itself: a look at it is to be dreamed.
 */
export async function finishedStarts(
  workshop: Workshop,
  {
    file,
    text,
    frame,
    full,
  }: {
    readonly file: string;
    readonly text: string;
    readonly frame: number;
    readonly full: Scene;
  },
  size: Size,
): Promise<FinishedStarts | undefined> {
  if (!(await CacheFolder.exists(outputOf(full), false))) return undefined;
  const { files, cache } = await findFinished(workshop, { file, text });
  const names = new Map(files.filter(([index]) => index < frame));
  if (names.size === 0) return undefined;
  const { plan } = (await workshop.layout({ file, text })).prepared;
  let used = false;
  return {
    get used() {
      return used;
    },
    of(shot) {
      const { offset } = plan.shots[shot]!;
      return {
        has: (local) => local >= 0 && names.has(offset + local) && isSeenAlone(plan, shot, local),
        async load(local): Promise<Frame> {
          used = true;
          return readImage(join(cache, names.get(offset + local)!), size);
        },
        save: async () => {},
      };
    },
  };
}
