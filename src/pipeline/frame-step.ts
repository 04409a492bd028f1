import type { Dreamer } from "../dream/dreamer.ts";
import { type Guide, halveIterations } from "../dream/settings.ts";
import { type ColorStatistics, gradeColor, measureColor } from "../flow/color.ts";
import { carryOver } from "../flow/feedback.ts";
import { motionAffine } from "../flow/motion.ts";
import type { FlowEstimator } from "../flow/optical-flow.ts";
import type { Warper } from "../flow/warp.ts";
import { type Frame, mixFrames } from "../frame.ts";
import type { FrameParameters } from "../scene/resolve.ts";

/** What one frame hands to the next. */
export interface RenderState {
  readonly output: Frame;
  readonly source: Frame;
}

export interface StepTools {
  readonly dreamer: Dreamer;
  readonly warper: Warper;
  readonly flow: FlowEstimator;
  readonly guide: Guide | undefined;
  readonly fps: number;
  readonly seed: number;
  /** Half the steps. */
  readonly preview: boolean;
  readonly match: "off" | "first" | "source";
  /** Colours of the first source frame of the shot. */
  readonly shotColors: ColorStatistics | undefined;
}

/**
 * One frame of a render, as `scene.md` defines it:
 * carried = warp(previous output), start = lerp(source, carried, amount × reliable), dreamed = dream(start),
 * colours held, output = lerp(source, dreamed, mix). Depends on nothing but its arguments; without `state` it starts
 * from the source.
 */
export async function stepFrame(
  state: RenderState | undefined,
  source: Frame,
  index: number,
  parameters: FrameParameters,
  tools: StepTools,
): Promise<RenderState> {
  const start = state ? await carry(state, source, parameters, tools) : source;
  const guide = tools.guide ? { guide: tools.guide } : {};
  const full = tools.dreamer.settings({ ...parameters.dream, ...guide });
  const settings = tools.preview ? halveIterations(full) : full;
  const { frame: dreamed } = await tools.dreamer.dream(start, settings, tools.seed, index);
  const target =
    tools.match === "off"
      ? undefined
      : tools.match === "source"
        ? measureColor(source)
        : tools.shotColors;
  const graded = gradeColor(dreamed, target, parameters.color.saturation);
  return { output: mixFrames(source, graded, parameters.mix), source };
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
