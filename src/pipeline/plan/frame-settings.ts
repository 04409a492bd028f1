import type { Dreamer } from "../../dream/dreamer.ts";
import type { LayerObjective } from "../../dream/layer-objective.ts";
import { type DreamSettings, halveIterations, type RegionSettings } from "../../dream/settings.ts";
import type { Frame } from "../../frame.ts";
import type { FrameParameters, RegionParameters } from "../../scene/resolve.ts";
import { dreamsOf, goesOn, isStill, type Scene, type SceneDream } from "../../scene/scene.ts";
import type { FrameInputs } from "./inputs.ts";

interface DreamTools {
  readonly dreamer: Dreamer;
  /** Half the steps. */
  readonly preview: boolean;
}

/** Pictures that a dream takes beside the one that is dreamed; a prediction needs none. */
type DreamInputs = Partial<Pick<FrameInputs, "guide" | "source" | "regions">>;

/**
 * Dream settings of one frame. `source`: what caricatures exaggerate; `frames`: since the last dreamed one. A dream that
 * stands for several takes steps longer by their square root: in proportion, detail grows, by a fifth over four frames.
 */
export function dreamSettings(
  { dreamer, preview }: DreamTools,
  shot: Scene,
  { dream, feedback, regions }: FrameParameters,
  { guide, source, regions: mattes }: DreamInputs = {},
  frames = 1,
): DreamSettings {
  const { guideStrength = 1, ...rest } = dream;
  const match = shot.dream.guide?.match ?? "best";
  const guided = guide ? { guide: { frame: guide, match, strength: guideStrength } } : {};
  const objectives = objectivesOf(dreamer, shot.dream);
  const compared = dreamsOf(shot).some((one) => one.dream.objectives !== undefined);
  const own = {
    objectives,
    ...(compared && source ? { source } : {}),
    ...(regions ? { regions: regionSettings(dreamer, shot, regions, mattes) } : {}),
  };
  const given = dreamer.settings({ ...rest, ...guided, ...own }, goesOn(shot));
  const longer = Math.sqrt(frames);
  const scale = (ownStep(shot) ? 1 : feedbackStepScale(feedback)) * longer;
  const full = {
    ...given,
    stepSize: given.stepSize * scale,
    ...(given.regions ? { regions: given.regions.map((one) => withLonger(one, longer)) } : {}),
  };
  return preview ? halveIterations(full) : full;
}

/** A region with its own step size times `longer`. */
function withLonger(region: RegionSettings, longer: number): RegionSettings {
  return region.stepSize === undefined ? region : { ...region, stepSize: region.stepSize * longer };
}

function regionSettings(
  dreamer: Dreamer,
  shot: Scene,
  parameters: readonly RegionParameters[],
  mattes: readonly Frame[] | undefined,
): RegionSettings[] {
  return parameters.map(({ dream, matte: strength }, i): RegionSettings => {
    const region = shot.regions![i]!;
    const objectives = objectivesOf(dreamer, region.dream);
    const matte = mattes?.[i];
    return {
      layers: {},
      classes: {},
      ...dream,
      objectives,
      matte,
      invert: region.matte.invert,
      strength,
    };
  });
}

/** What of a dream's layers is amplified, where it is not the energy. `readDirections` has read their files. */
export function objectivesOf(
  { directions }: Dreamer,
  { objectives }: SceneDream,
): Record<string, LayerObjective> | undefined {
  if (!objectives) return undefined;
  const resolved = Object.entries(objectives).map(([name, objective]): [string, LayerObjective] => {
    const { type } = objective;
    if (type !== "direction") return [name, type === "neuron" ? objective : { type }];
    return [name, { type, values: directions.get(objective.file)! }];
  });
  return Object.fromEntries(resolved);
}

/** Whether the shot sets its step size itself, through a preset, or as a single picture, whose dream may take over. */
function ownStep(shot: Scene): boolean {
  const { source, dream } = shot;
  const given = dream.stepSize !== undefined || dream.preset !== undefined;
  return given || isStill(source) || !goesOn(shot);
}

/** Factor of the step size over a clip: carried dreams accumulate, so each frame adds less the more is carried. */
function feedbackStepScale({ amount }: FrameParameters["feedback"]): number {
  return Math.min(1, Math.max(0.05, ((1 - amount) / 0.3) ** 1.5));
}
