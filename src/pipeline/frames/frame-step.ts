import type { Dreamer, OnOctave } from "../../dream/dreamer.ts";
import { type ColorStatistics, colorTarget, type Grader } from "../../flow/color.ts";
import type { Feedback } from "../../flow/feedback.ts";
import { grain } from "../../flow/grain.ts";
import type { Mixer } from "../../flow/mix.ts";
import { motionHomography } from "../../flow/motion.ts";
import type { FlowEstimator } from "../../flow/optical-flow.ts";
import type { Frame } from "../../frame.ts";
import { floatTensor } from "../../graph/graph.ts";
import type { DeviceTensor } from "../../runtime/device-tensor.ts";
import type { Engine } from "../../runtime/engine.ts";
import { collectGarbage } from "../../runtime/garbage.ts";
import { type KeptFrames, readFrame, sizeOf } from "../../runtime/pictures.ts";
import { type Scope, scoped } from "../../runtime/scope.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import type { Scene } from "../../scene/scene.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import type { FrameInputs } from "../plan/inputs.ts";

/** State that one frame passes to the next. */
export interface RenderState {
  readonly output: Frame;
  readonly source: Frame;
}

export interface StepTools {
  readonly dreamer: Dreamer;
  readonly engine: Engine;
  readonly flow: FlowEstimator;
  readonly feedback: Feedback;
  readonly grader: Grader;
  readonly mixer: Mixer;
  readonly fps: number;
  /** Half the steps. */
  readonly preview: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after every octave but the last with what the frame looks like so far. */
  readonly onOctave?: (picture: Frame, octave: number, octaves: number) => Promise<void>;
}

/** Inputs of one frame. */
export interface FrameStep {
  /** State of the frame before; without it, this frame starts from the source. */
  readonly state: RenderState | undefined;
  readonly inputs: FrameInputs;
  /** Number of the frame in its shot; seeds the jitter. */
  readonly index: number;
  readonly parameters: FrameParameters;
  readonly shot: Scene;
  /** Colour statistics of the shot's first source frame, or of the picture that `color.match` names. */
  readonly colors: ColorStatistics | undefined;
}

/**
 * One frame of a render: carried = warp(previous output), start = lerp(source, carried, amount × reliable), dreamed =
 * dream(start), colours matched, output = lerp(source, dreamed, mix × matte). Depends only on its arguments. `kept`
 * holds the previous frame's pictures on the device; only the finished frame is copied back. Throws `INTERRUPTED`.
 */
export async function stepFrame(
  { state, inputs, index, parameters, shot, colors }: FrameStep,
  tools: StepTools,
  kept: KeptFrames,
): Promise<RenderState> {
  const { dreamer, grader, mixer } = tools;
  return scoped(async (scope) => {
    const source = await kept.get(inputs.source);
    const start = state
      ? await carry(scope, { state, inputs, index, parameters, shot, colors }, tools, kept)
      : source;
    const settings = dreamSettings(tools, shot, parameters, inputs.guide, inputs.source);
    const finish = async (own: Scope, dreamed: DeviceTensor): Promise<DeviceTensor> => {
      const isOwn = shot.color.match === "source";
      const held = isOwn ? await grader.measure(own, source) : colors && colorTarget(colors);
      const target = shot.color.match === "off" ? undefined : held;
      const { saturation, keep } = parameters.color;
      const graded = await grader.grade(own, dreamed, target, saturation, { source, share: keep });
      const matte = inputs.matte && {
        picture: await kept.get(inputs.matte),
        invert: shot.matte!.invert,
        strength: parameters.matte,
      };
      return mixer.mix(own, source, graded, parameters.mix, matte);
    };
    const { signal, onOctave } = tools;
    const tell: OnOctave | undefined =
      onOctave &&
      ((picture, octave, octaves) =>
        scoped(async (own) =>
          onOctave(await readFrame(await finish(own, picture)), octave, octaves),
        ));
    const dreamed = await dreamer.dreamOn(scope, start, settings, shot.seed, index, signal, tell);
    collectGarbage(inputs.source.height, inputs.source.width);
    const output = await kept.keep(await finish(scope, dreamed), scope);
    kept.keepOnly(output, inputs.source, inputs.matte);
    return { output, source: inputs.source };
  });
}

/** A step with a frame before it. */
type CarriedStep = FrameStep & { readonly state: RenderState };

async function carry(
  scope: Scope,
  { state, inputs: { source }, index, parameters: { feedback, motion }, shot }: CarriedStep,
  tools: StepTools,
  kept: KeptFrames,
): Promise<DeviceTensor> {
  const now = await kept.get(source);
  if (feedback.amount === 0) return now;
  const last = { output: await kept.get(state.output), source: await kept.get(state.source) };
  const { height, width } = sizeOf(now);
  const map = motionHomography(motion, tools.fps, height, width);
  return scope.within(async (inner) => {
    // A still source has no flow and no occlusion.
    const moving = feedback.warp === "flow" && source !== state.source;
    const flow = moving ? await tools.flow.estimateOn(inner, last.source, now) : undefined;
    return tools.feedback.carry(
      inner,
      last,
      now,
      map,
      { ...feedback, border: motion.border, sharpen: feedback.sharpen / tools.fps },
      flow,
      feedback.noise > 0
        ? floatTensor([1, 3, height, width], grain(shot.seed, index, height, width, feedback.noise))
        : undefined,
    );
  });
}
