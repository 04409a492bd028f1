import type { Grader } from "../../src/flow/color.ts";
import type { Feedback, FeedbackSettings } from "../../src/flow/feedback.ts";
import { motionHomography } from "../../src/flow/motion.ts";
import type { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { type Frame, mixFrames } from "../../src/frame.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { onDevice } from "../../src/runtime/pictures.ts";
import { carryFrames, noMotion, warpFrame } from "../../test/helpers/carry.ts";

export interface Tools {
  readonly engine: Engine;
  readonly grader: Grader;
  readonly feedback: Feedback;
  readonly flow: FlowEstimator;
  readonly dream: (start: Frame, index: number) => Promise<Frame>;
}

interface Last {
  readonly output: Frame;
  readonly source: Frame;
}

/** A method that makes the next output from the previous one. */
export type Method = (
  last: Last | undefined,
  source: Frame,
  index: number,
  tools: Tools,
) => Promise<Frame>;

const still = (frame: Frame): ReturnType<typeof motionHomography> =>
  motionHomography(noMotion, 1, frame.height, frame.width);

/** dreamreel's step: flow feedback, dream, colours matched to the source. */
const ours =
  (settings: FeedbackSettings): Method =>
  async (last, source, index, { engine, feedback, grader, flow, dream }) => {
    const start = last
      ? await carryFrames(
          engine,
          feedback,
          last,
          source,
          still(source),
          settings,
          await flow.estimate(last.source, source),
        )
      : source;
    const dreamed = await dream(start, index);
    return onDevice(engine, [dreamed, source], async (scope, picture, now) =>
      grader.grade(scope, picture!, await grader.measure(scope, now!), 1),
    );
  };

export const methods: Readonly<Record<string, Method>> = {
  "no feedback": async (_, source, index, { dream }) => dream(source, index),
  // pytorch-deepdream: each new frame is 0.85 of the dreamed one and 0.15 of the last output.
  "linear blend 0.85": async (last, source, index, { dream }) => {
    const dreamed = await dream(source, index);
    return last ? mixFrames(last.output, dreamed, 0.85) : dreamed;
  },
  // DeepDreamAnim: the next dream starts from h = I + W(h' − I'), without a mask and without fading.
  DeepDreamAnim: async (last, source, index, { engine, flow, dream }) => {
    if (!last) return dream(source, index);
    const { backward } = await flow.estimate(last.source, source);
    const added = { ...source, data: last.output.data.map((v, i) => v - last.source.data[i]!) };
    const moved = await warpFrame(engine, added, still(source), backward, [-1, 1]);
    const data = source.data.map((v, i) => Math.min(1, Math.max(0, v + moved.data[i]!)));
    return dream({ ...source, data }, index);
  },
  "dreamreel replace 0.8": ours({
    amount: 0.8,
    mode: "replace",
    occlusion: true,
    border: "mirror",
    sharpen: 0,
  }),
  "dreamreel residual 0.9": ours({
    amount: 0.9,
    mode: "residual",
    occlusion: true,
    border: "mirror",
    sharpen: 0,
  }),
  "dreamreel residual 0.97": ours({
    amount: 0.97,
    mode: "residual",
    occlusion: true,
    border: "mirror",
    sharpen: 0,
  }),
};
