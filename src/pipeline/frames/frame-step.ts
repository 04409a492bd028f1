import type { Dreamer } from "../../dream/dreamer.ts";
import type { OnOctave } from "../../dream/octave-dream.ts";
import type { Between } from "../../flow/between.ts";
import { type ColorStatistics, colorTarget, type Grader } from "../../flow/color.ts";
import type { Feedback } from "../../flow/feedback.ts";
import { grain } from "../../flow/grain.ts";
import type { Matte, Mixer } from "../../flow/mix.ts";
import { type Homography, identity, isIdentity } from "../../flow/motion.ts";
import type { FlowTensors } from "../../flow/optical-flow.ts";
import type { Move } from "../../flow/paths.ts";
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
import { haveFlow, type MoveTools, mapOf, movesOf, type Passed, pathBack } from "./moves.ts";

/** State that one frame passes to the next. */
export interface RenderState {
  readonly output: Frame;
  readonly source: Frame;
  readonly matte?: Frame | undefined;
  readonly parameters: FrameParameters;
}

export interface StepTools extends MoveTools {
  readonly dreamer: Dreamer;
  readonly engine: Engine;
  readonly feedback: Feedback;
  readonly grader: Grader;
  readonly mixer: Mixer;
  readonly between: Between;
  /** Half the steps. */
  readonly preview: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after every octave but the last with what the frame looks like so far. */
  readonly onOctave?: (picture: Frame, octave: number, octaves: number) => Promise<void>;
}

/** Inputs of one frame. */
export interface FrameStep {
  /** State of the dreamed frame before; without it, this frame starts from the source. */
  readonly state: RenderState | undefined;
  /** The frames since the dreamed one before, this one last; this one alone at the start and after a cut. */
  readonly since: readonly Passed[];
  /** What moves in them, if it is known already. */
  readonly moves?: readonly Move[];
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
  step: FrameStep,
  tools: StepTools,
  kept: KeptFrames,
): Promise<RenderState> {
  const { dreamer, grader, mixer } = tools;
  const { state, since, inputs, index, parameters, shot, colors } = step;
  return scoped(async (scope) => {
    const source = await kept.get(inputs.source);
    const start = state ? await carry(scope, { ...step, state }, tools, kept) : source;
    const settings = dreamSettings(tools, shot, parameters, inputs, since.length);
    const finish = async (inner: Scope, dreamed: DeviceTensor): Promise<DeviceTensor> => {
      const own = shot.color.match === "source";
      const held = own ? await grader.measure(inner, source) : colors && colorTarget(colors);
      const target = shot.color.match === "off" ? undefined : held;
      const { saturation, keep } = parameters.color;
      const original = { source, share: keep };
      const graded = await grader.grade(inner, dreamed, target, saturation, original);
      const matte = await matteOf(step, inputs.matte, kept);
      return mixer.mix(inner, source, graded, parameters.mix, matte);
    };
    const { signal, onOctave } = tools;
    const tell: OnOctave | undefined =
      onOctave &&
      ((picture, octave, octaves) =>
        scoped(async (inner) =>
          onOctave(await readFrame(await finish(inner, picture)), octave, octaves),
        ));
    const dreamed = await dreamer.dreamOn(scope, start, settings, shot.seed, index, signal, tell);
    collectGarbage(inputs.source.height, inputs.source.width);
    const output = await kept.keep(await finish(scope, dreamed), scope);
    return { output, source: inputs.source, matte: inputs.matte, parameters };
  });
}

/** The matte of a frame. */
export async function matteOf(
  { shot, parameters }: Pick<FrameStep, "shot" | "parameters">,
  picture: Frame | undefined,
  kept: KeptFrames,
): Promise<Matte | undefined> {
  if (!picture) return undefined;
  const { invert } = shot.matte!;
  return { picture: await kept.get(picture), invert, strength: parameters.matte };
}

/** A step with a frame before it. */
type CarriedStep = FrameStep & { readonly state: RenderState };

async function carry(
  scope: Scope,
  { state, inputs: { source }, index, parameters, shot, since, moves: known }: CarriedStep,
  tools: StepTools,
  kept: KeptFrames,
): Promise<DeviceTensor> {
  const now = await kept.get(source);
  const { feedback, motion } = parameters;
  const over = (at: (passed: Passed) => number): number[] => since.map(at);
  const amount = over((at) => at.parameters.feedback.amount).reduce((a, b) => a * b);
  if (amount === 0) return now;
  const last = { output: await kept.get(state.output), source: await kept.get(state.source) };
  const { height, width } = sizeOf(now);
  // Grain of several frames adds up as independent noise does.
  const noise = Math.hypot(...over((at) => at.parameters.feedback.noise));
  const sharpen = over((at) => at.parameters.feedback.sharpen).reduce((a, b) => a + b) / tools.fps;
  return scope.within(async (inner) => {
    const moves = known ?? (await movesOf(inner, state.source, since, tools, kept));
    const { map, flow } = await carrying(inner, moves, tools, now);
    return tools.feedback.carry(
      inner,
      last,
      now,
      map,
      {
        ...feedback,
        amount,
        border: motion.border,
        sharpen,
        frames: since.length,
        moved: moves.some((move) => !isIdentity(move.map)),
      },
      flow,
      noise > 0
        ? floatTensor([1, 3, height, width], grain(shot.seed, index, height, width, noise))
        : undefined,
    );
  });
}

/** The map and the flow that carry a picture along `moves` in one resampling. */
async function carrying(
  scope: Scope,
  moves: readonly Move[],
  { paths }: StepTools,
  picture: DeviceTensor,
): Promise<{ readonly map: Homography; readonly flow: FlowTensors | undefined }> {
  const [only] = moves;
  if (!haveFlow(moves)) return { map: mapOf(moves), flow: undefined };
  if (moves.length === 1)
    return {
      map: only!.map,
      flow: { backward: only!.backward!, reliable: only!.reliable! },
    };
  const { to, reliable } = await pathBack(scope, moves, paths, sizeOf(picture));
  return { map: identity, flow: { backward: to, reliable: reliable! } };
}
