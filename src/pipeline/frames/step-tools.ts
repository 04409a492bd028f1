import { Between } from "../../flow/between.ts";
import { Grader } from "../../flow/color.ts";
import { Feedback } from "../../flow/feedback.ts";
import { Mixer } from "../../flow/mix.ts";
import { FlowEstimator } from "../../flow/optical-flow.ts";
import { Paths } from "../../flow/paths.ts";
import type { Engine } from "../../runtime/engine.ts";
import { toNumber } from "../../video/rational.ts";
import type { RenderPlan } from "../plan/plan.ts";
import type { PlanOptions } from "../plan/plan-shot.ts";
import type { StepTools } from "./frame-step.ts";

/** The tools, besides the network, that any render on an engine can use. */
export type FrameTools = Omit<StepTools, "dreamer" | "fps" | "preview">;

/** The tools, besides the network, that make the frames of a render: `options.tools`, or new ones. */
export function stepTools(
  engine: Engine,
  plan: RenderPlan,
  options: PlanOptions & { readonly tools?: FrameTools },
): Omit<StepTools, "dreamer"> {
  return toolsFor(options.tools ?? frameTools(engine), plan, options);
}

/** `tools` for the frames of one render. */
export function toolsFor(
  tools: FrameTools,
  { fps }: RenderPlan,
  { preview = false }: PlanOptions,
): Omit<StepTools, "dreamer"> {
  return { ...tools, fps: toNumber(fps), preview };
}

export function frameTools(engine: Engine): FrameTools {
  return {
    engine,
    flow: new FlowEstimator(engine),
    feedback: new Feedback(engine),
    grader: new Grader(engine),
    mixer: new Mixer(engine),
    between: new Between(engine),
    paths: new Paths(engine),
  };
}
