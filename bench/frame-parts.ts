import { Dreamer } from "../src/dream/dreamer.ts";
import { Grader } from "../src/flow/color.ts";
import { Feedback } from "../src/flow/feedback.ts";
import { motionHomography } from "../src/flow/motion.ts";
import { FlowEstimator } from "../src/flow/optical-flow.ts";
import { toBytes } from "../src/image/image.ts";
import type { Network } from "../src/network.ts";
import type { Engine } from "../src/runtime/engine.ts";
import { onDevice } from "../src/runtime/pictures.ts";
import { openSource } from "../src/video/source.ts";
import { carryFrames, noMotion } from "../test/helpers/carry.ts";
import { timed } from "./rows.ts";

/** Milliseconds of each part of one frame of a 640×360 clip, `pocket` with its defaults. */
export async function frameParts(
  engine: Engine,
  network: Network,
): Promise<Record<string, number>> {
  const source = await openSource({ type: "lavfi", graph: "mandelbrot=size=640x360:rate=24" });
  const started = performance.now();
  const frames = [];
  for (let i = 0; i < 24; i++) frames.push((await source.next())!);
  const decode = (performance.now() - started) / 24;
  await source.close();
  const [before, now] = [frames[10]!, frames[11]!];
  const flow = new FlowEstimator(engine);
  const [carrier, grader] = [new Feedback(engine), new Grader(engine)];
  const dreamer = new Dreamer(network, engine);
  const affine = motionHomography(noMotion, 24, now.height, now.width);
  const feedback = {
    amount: 0.8,
    mode: "residual",
    occlusion: true,
    border: "mirror",
    sharpen: 0,
  } as const;
  const moved = await flow.estimate(before, now);
  const last = { output: before, source: before };
  const settings = dreamer.settings({});
  return {
    decode,
    flow: await timed(() => flow.estimate(before, now)),
    warp: await timed(() => carryFrames(engine, carrier, last, now, affine, feedback, moved)),
    dream: await timed(() => dreamer.dream(now, settings, 1), 3),
    colour: await timed(() =>
      onDevice(engine, [now, before], async (scope, picture, other) =>
        grader.grade(scope, picture!, await grader.measure(scope, other!), 1),
      ),
    ),
    "to bytes": await timed(() => toBytes(now)),
  };
}
