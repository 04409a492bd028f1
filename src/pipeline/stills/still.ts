import { stepAreas } from "../../dream/octaves.ts";
import type { Frame } from "../../frame.ts";
import { type Size, writeImage } from "../../image/image.ts";
import type { Scene } from "../../scene/scene.ts";
import { checkMemory } from "../forecast/memory.ts";
import { type RenderProgress, stepMeter } from "../forecast/progress.ts";
import { dreamFilm, partsOf } from "../frames/film.ts";
import type { StepTools } from "../frames/frame-step.ts";
import { stepTools } from "../frames/step-tools.ts";
import { framesToMake } from "../frames/to-make.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import type { RenderPlan } from "../plan/plan.ts";
import { type PreparedRender, type PrepareOptions, prepareRender } from "../plan/prepare.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { SceneFiles } from "../plan/scene-files.ts";
import { parametersAt } from "../plan/shot-plan.ts";
import { recipeOf, writeRecipe } from "../recipe/recipe.ts";

export interface StillOptions extends PrepareOptions {
  /** Most frames to dream before the requested one. */
  readonly maxBefore: number;
  /** Start even if memory may not suffice. */
  readonly force?: boolean;
  /** Called after every step. */
  readonly onProgress?: (progress: RenderProgress) => void;
}

export interface StillResult {
  readonly frame: number;
  readonly size: Size;
  /** Whether it equals the frame of a whole render: feedback does not need more frames than were dreamed. */
  readonly exact: boolean;
}

/**
 * Dream one frame of a scene, selected by `frameOf` once the length is known, into a picture. Throws the errors of
 * `prepareRender` and `writeImage`, `OUTPUT_EXISTS` if it would replace an input, `TOO_LARGE` if it needs more memory
 * than the machine has, `INTERRUPTED`.
 */
export async function renderStill(
  scene: Scene,
  file: string,
  frameOf: (plan: RenderPlan) => number,
  { maxBefore, force = false, onProgress, ...options }: StillOptions,
): Promise<StillResult> {
  await refuseInputs(scene, file);
  // A loop's blend needs all of its frames; a single frame does not.
  const prepared = await prepareRender({ ...scene, loop: false }, options);
  try {
    const solo = maxBefore === 0;
    if (!force) checkMemory(prepared, { ...options, solo });
    if (solo) for (const { dreamer } of prepared.shots) dreamer.expectOnePicture();
    const frame = frameOf(prepared.plan);
    const plan = { ...prepared.plan, first: frame, last: frame };
    const tools = stepTools(prepared.engine, plan, options);
    if (onProgress) countSteps({ ...prepared, plan }, tools, maxBefore, onProgress);
    const film = dreamFilm({ ...prepared, plan }, tools, {
      maxBefore,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let picture: Frame | undefined;
    for await (const output of film) picture = output;
    const files = await SceneFiles.read(scene);
    const asGiven = { ...prepared.scene, loop: scene.loop };
    const recipe = recipeOf({ ...prepared, scene: asGiven, plan }, files, {
      ...options,
      before: maxBefore,
    });
    if (picture) await writeImage(picture, file, writeRecipe(recipe));
    const exact = plan.shots.every((shot) => {
      const range = { from: frame - shot.offset, to: frame - shot.offset };
      if (range.from < shot.start || range.from >= shot.frames) return true;
      return framesToMake(shot, { ...range, maxBefore }).size === framesToMake(shot, range).size;
    });
    return { frame, size: plan.size, exact: exact && !scene.loop };
  } finally {
    await prepared.dispose();
  }
}

/** Report every step of the dreamed frames to `onProgress`. */
function countSteps(
  prepared: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  maxBefore: number,
  onProgress: (progress: RenderProgress) => void,
): void {
  const { height, width } = prepared.plan.size;
  const parts = partsOf(prepared, { maxBefore });
  const areas = parts.flatMap(({ shot: { plan, dreamer }, range }) =>
    [...framesToMake(plan, range)].flatMap((frame) =>
      stepAreas(
        height,
        width,
        dreamSettings({ ...tools, dreamer }, plan.shot, parametersAt(plan, frame)),
      ),
    ),
  );
  const step = stepMeter(areas, onProgress);
  for (const { shot } of parts) shot.dreamer.onStep = step;
}
