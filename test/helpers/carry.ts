/** Warp and carry frames in the program's memory. */
import type { Border } from "../../src/choices.ts";
import type { Feedback, FeedbackSettings } from "../../src/flow/feedback.ts";
import type { FlowField } from "../../src/flow/flow-field.ts";
import type { Homography, Motion } from "../../src/flow/motion.ts";
import type { OpticalFlow } from "../../src/flow/optical-flow.ts";
import {
  followFlow,
  mapFeeds,
  movementOf,
  samplePositions,
  sampleSharply,
  sampleSmoothly,
} from "../../src/flow/warp.ts";
import type { Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { onDevice } from "../../src/runtime/pictures.ts";

/** No motion. */
export const noMotion: Motion = {
  zoom: 1,
  rotate: 0,
  tilt: 0,
  turn: 0,
  fov: 60,
  pan: [0, 0],
  center: [0.5, 0.5],
};

/** `Feedback.carry` for frames. An unchanged result is the same object. */
export function carryFrames(
  engine: Engine,
  feedback: Feedback,
  last: { readonly output: Frame; readonly source: Frame },
  source: Frame,
  map: Homography,
  settings: FeedbackSettings,
  flow?: Pick<OpticalFlow, "backward" | "reliable">,
): Promise<Frame> {
  const { height, width } = source;
  return onDevice(
    engine,
    [source, last.output, last.source],
    async (scope, now, output, before) => {
      const tensors = flow && {
        backward: await engine.upload(scope, [1, 2, height, width], flow.backward.data),
        reliable: await engine.upload(scope, [1, 1, height, width], flow.reliable),
      };
      return feedback.carry(scope, { output, source: before! }, now!, map, settings, tensors);
    },
  );
}

/** Resample `frame` once, by `backward` and then `map`. */
export async function warpFrame(
  engine: Engine,
  frame: Frame,
  map: Homography,
  backward?: FlowField,
  range: readonly [number, number] = [0, 1],
  border: Border = "mirror",
): Promise<Frame> {
  const { height, width } = frame;
  const b = new GraphBuilder();
  const picture = b.input("picture", [1, 3, height, width]);
  let at = samplePositions(b, height, width, movementOf(map, true));
  if (backward) {
    const flow = sampleSmoothly(b, b.input("backward", [1, 2, height, width]), at);
    at = followFlow(b, at, flow, height, width);
  }
  b.output(sampleSharply(b, picture, at, range, { border, height, width }), [1, 3, height, width]);
  const session = await engine.load(b.build());
  const { warped } = await session.run({
    picture: { type: "float32", dims: [1, 3, height, width], data: frame.data },
    ...mapFeeds(map, height, width),
    ...(backward
      ? {
          backward: {
            type: "float32" as const,
            dims: [1, 2, height, width],
            data: backward.data,
          },
        }
      : {}),
  });
  await session.dispose();
  return { data: warped!.data as Float32Array, height, width };
}
