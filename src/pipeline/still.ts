import type { Frame } from "../frame.ts";
import type { Scene } from "../scene/scene.ts";
import { type Size, writeImage } from "../video/image.ts";
import { dreamFilm } from "./film.ts";
import { checkMemory } from "./memory.ts";
import type { RenderPlan } from "./plan.ts";
import { type PrepareOptions, prepareRender } from "./prepare.ts";
import { recipeOf, writeRecipe } from "./recipe/recipe.ts";
import { refuseInputs } from "./refuse-inputs.ts";
import { SceneFiles } from "./resume/scene-files.ts";
import { framesToDream } from "./shot.ts";
import { stepTools } from "./step-tools.ts";

export interface StillOptions extends PrepareOptions {
  /** Dream at most this many frames before the one that is wanted. */
  readonly mostBefore: number;
  /** Begin though memory will hardly do. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface StillResult {
  readonly frame: number;
  readonly size: Size;
  /** Whether it is what a whole render would show: feedback did not need more frames than were dreamed. */
  readonly exact: boolean;
}

/**
 * Dream one frame of a scene, chosen by `frameOf` once its length is known, into a picture. Throws what `prepareRender` and
 * `writeImage` throw, `OUTPUT_EXISTS` where it would replace what it is made from, `TOO_LARGE` where it would take more memory than the machine has.
 */
export async function renderStill(
  scene: Scene,
  file: string,
  frameOf: (plan: RenderPlan) => number,
  { mostBefore, force = false, signal, ...options }: StillOptions,
): Promise<StillResult> {
  await refuseInputs(scene, file);
  // A loop's seam takes all of its frames; one moment of it does not.
  const prepared = await prepareRender({ ...scene, loop: false }, options);
  try {
    if (!force) checkMemory(prepared, { ...options, solo: mostBefore === 0 });
    const frame = frameOf(prepared.plan);
    const plan = { ...prepared.plan, first: frame, last: frame };
    const film = dreamFilm({ ...prepared, plan }, stepTools(prepared.engine, plan, options), {
      mostBefore,
      ...(signal ? { signal } : {}),
    });
    let picture: Frame | undefined;
    for await (const output of film) picture = output;
    const files = await SceneFiles.read(scene);
    const recipe = recipeOf(scene, { ...prepared, plan }, files, {
      ...options,
      before: mostBefore,
    });
    if (picture) await writeImage(picture, file, writeRecipe(recipe));
    const exact = plan.shots.every((shot) => {
      const range = { from: frame - shot.offset, to: frame - shot.offset };
      if (range.from < 0 || range.from >= shot.frames) return true;
      return framesToDream(shot, { ...range, mostBefore }).size === framesToDream(shot, range).size;
    });
    return { frame, size: plan.size, exact: exact && !scene.loop };
  } finally {
    await prepared.dispose();
  }
}
