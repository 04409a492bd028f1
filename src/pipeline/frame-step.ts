import type { Dreamer } from "../dream/dreamer.ts";
import { type Guide, halveIterations } from "../dream/settings.ts";
import { type ColorStatistics, gradeColor, measureColor } from "../flow/color.ts";
import { motionAffine } from "../flow/motion.ts";
import type { Warper } from "../flow/warp.ts";
import { type Frame, mixFrames } from "../frame.ts";
import type { FrameParameters } from "../scene/resolve.ts";

/** What one frame hands to the next. */
export interface RenderState {
  readonly output: Frame;
}

export interface StepTools {
  readonly dreamer: Dreamer;
  readonly warper: Warper;
  readonly guide: Guide | undefined;
  readonly fps: number;
  readonly seed: number;
  /** Half the steps. */
  readonly preview: boolean;
  readonly match: "off" | "first" | "source";
  /** Colours of the first source frame. */
  readonly firstColors: ColorStatistics | undefined;
}

/**
 * One frame of a render, as `scene.md` defines it:
 * carried = warp(previous output), start = lerp(source, carried, amount), dreamed = dream(start),
 * colours held, output = lerp(source, dreamed, mix). Depends on nothing but its arguments.
 */
export async function stepFrame(
  state: RenderState | undefined,
  source: Frame,
  index: number,
  parameters: FrameParameters,
  tools: StepTools,
): Promise<RenderState> {
  const start = state ? await carry(state.output, source, parameters, tools) : source;
  const guide = tools.guide ? { guide: tools.guide } : {};
  const full = tools.dreamer.settings({ ...parameters.dream, ...guide });
  const settings = tools.preview ? halveIterations(full) : full;
  const { frame: dreamed } = await tools.dreamer.dream(start, settings, tools.seed, index);
  const target =
    tools.match === "off"
      ? undefined
      : tools.match === "source"
        ? measureColor(source)
        : tools.firstColors;
  const graded = gradeColor(dreamed, target, parameters.color.saturation);
  return { output: mixFrames(source, graded, parameters.mix) };
}

async function carry(
  previous: Frame,
  source: Frame,
  { feedback, motion }: FrameParameters,
  tools: StepTools,
): Promise<Frame> {
  if (feedback.amount === 0) return source;
  const affine = motionAffine(motion, tools.fps, previous.height, previous.width);
  return mixFrames(source, await tools.warper.warp(previous, affine), feedback.amount);
}
