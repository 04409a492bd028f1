import type { Dreamer } from "../dream/dreamer.ts";
import { type DreamSettings, halveIterations } from "../dream/settings.ts";
import { type ColorStatistics, gradeColor, measureColor } from "../flow/color.ts";
import { carryOver } from "../flow/feedback.ts";
import { motionAffine } from "../flow/motion.ts";
import type { FlowEstimator } from "../flow/optical-flow.ts";
import type { Warper } from "../flow/warp.ts";
import { type Frame, mixFrames } from "../frame.ts";
import type { FrameParameters } from "../scene/resolve.ts";
import { isStill, type Scene } from "../scene/scene.ts";
import type { FrameInputs } from "./inputs.ts";

/** What one frame hands to the next. */
export interface RenderState {
  readonly output: Frame;
  readonly source: Frame;
}

export interface StepTools {
  readonly dreamer: Dreamer;
  readonly warper: Warper;
  readonly flow: FlowEstimator;
  readonly fps: number;
  /** Half the steps. */
  readonly preview: boolean;
}

/**
 * One frame of a render, as `scene.md` defines it:
 * carried = warp(previous output), start = lerp(source, carried, amount × reliable), dreamed = dream(start),
 * colours held, output = lerp(source, dreamed, mix × matte). Depends on nothing but its arguments; without `state` it
 * starts from the source. `colors` are those of the first source frame of the shot.
 */
export async function stepFrame(
  state: RenderState | undefined,
  inputs: FrameInputs,
  index: number,
  parameters: FrameParameters,
  shot: Scene,
  colors: ColorStatistics | undefined,
  tools: StepTools,
): Promise<RenderState> {
  const { source } = inputs;
  const start = state ? await carry(state, source, parameters, tools) : source;
  const settings = dreamSettings(tools, shot, parameters, inputs.guide);
  const { frame: dreamed } = await tools.dreamer.dream(start, settings, shot.seed, index);
  const { match } = shot.color;
  const target = match === "off" ? undefined : match === "source" ? measureColor(source) : colors;
  const graded = gradeColor(dreamed, target, parameters.color.saturation);
  const inside = inputs.matte && matteShare(inputs.matte, shot.matte!.invert, parameters.matte);
  return { output: mixFrames(source, graded, parameters.mix, inside), source };
}

/** What one frame is dreamed by. */
export function dreamSettings(
  { dreamer, preview }: Pick<StepTools, "dreamer" | "preview">,
  shot: Scene,
  { dream, feedback }: FrameParameters,
  guide: Frame | undefined,
): DreamSettings {
  const { guideStrength = 1, ...rest } = dream;
  const match = shot.dream.guide?.match ?? "best";
  const guided = guide ? { guide: { frame: guide, match, strength: guideStrength } } : {};
  const given = dreamer.settings({ ...rest, ...guided });
  const full = ownStep(shot) ? given : { ...given, stepSize: given.stepSize * gather(feedback) };
  return preview ? halveIterations(full) : full;
}

/** Whether a shot decides its step, by itself, by a preset, or by being one picture, whose dream is to take over. */
function ownStep({ source, dream }: Scene): boolean {
  return isStill(source) || dream.stepSize !== undefined || dream.preset !== undefined;
}

/** What is carried over a clip adds up from frame to frame: each adds the less, the more is carried. */
function gather({ amount }: FrameParameters["feedback"]): number {
  return Math.max(0.05, (1 - amount) ** 1.5);
}

async function carry(
  state: RenderState,
  source: Frame,
  { feedback, motion }: FrameParameters,
  tools: StepTools,
): Promise<Frame> {
  if (feedback.amount === 0) return source;
  const affine = motionAffine(motion, tools.fps, source.height, source.width);
  // Between two frames of a still source nothing flows, and nothing is hidden.
  const moving = feedback.warp === "flow" && source !== state.source;
  const flow = moving ? await tools.flow.estimate(state.source, source) : undefined;
  return carryOver(tools.warper, state, source, affine, feedback, flow);
}

/** How much each pixel is dreamed, 0..1: the light of the matte, as far as it counts. */
function matteShare(matte: Frame, invert: boolean, strength: number): Float32Array {
  const { data } = matte;
  const area = matte.height * matte.width;
  return Float32Array.from({ length: area }, (_, i) => {
    const light = 0.299 * data[i]! + 0.587 * data[i + area]! + 0.114 * data[i + 2 * area]!;
    return 1 - strength * (invert ? light : 1 - light);
  });
}
