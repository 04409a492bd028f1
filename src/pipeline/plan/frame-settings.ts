import type { Dreamer } from "../../dream/dreamer.ts";
import type { LayerObjective } from "../../dream/layer-objective.ts";
import { type DreamSettings, halveIterations } from "../../dream/settings.ts";
import type { Frame } from "../../frame.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import { goesOn, isStill, type Scene } from "../../scene/scene.ts";

interface DreamTools {
  readonly dreamer: Dreamer;
  /** Half the steps. */
  readonly preview: boolean;
}

/**
 * Dream settings of one frame. `source`: what caricatures exaggerate; `frames`: since the last dreamed one. A dream that
 * stands for several takes steps longer by their square root: in proportion, detail grows, by a fifth over four frames.
 */
export function dreamSettings(
  { dreamer, preview }: DreamTools,
  shot: Scene,
  { dream, feedback }: FrameParameters,
  guide: Frame | undefined,
  source?: Frame,
  frames = 1,
): DreamSettings {
  const { guideStrength = 1, ...rest } = dream;
  const match = shot.dream.guide?.match ?? "best";
  const guided = guide ? { guide: { frame: guide, match, strength: guideStrength } } : {};
  const objectives = objectivesOf(dreamer, shot);
  const own = objectives ? { objectives, ...(source ? { source } : {}) } : {};
  const given = dreamer.settings({ ...rest, ...guided, ...own }, goesOn(shot));
  const scale = (ownStep(shot) ? 1 : feedbackStepScale(feedback)) * Math.sqrt(frames);
  const full = { ...given, stepSize: given.stepSize * scale };
  return preview ? halveIterations(full) : full;
}

/** What of a shot's layers is amplified, where it is not the energy. `readDirections` has read their files. */
export function objectivesOf(
  { directions }: Dreamer,
  { dream: { objectives } }: Scene,
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
