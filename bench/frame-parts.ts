import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { ffmpeg } from "../test/helpers/media.ts";
import { timed } from "./rows.ts";

/**
 * Milliseconds of each part of one frame of a 640×360 H.264 clip, which feeds back with a network's defaults, dreamed on `layer`
 * if it is given.
 */
export async function frameParts(
  engine: Engine,
  network: Network,
  layer?: string,
): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "dreamreel-parts-"));
  const file = join(folder, "clip.mp4");
  await ffmpeg(...["-f", "lavfi", "-i", "mandelbrot=size=640x360:rate=24", "-t", "2", file]);
  const source = await openSource({ type: "video", file, audio: "drop" });
  const started = performance.now();
  const frames = [];
  for (let i = 0; i < 24; i++) frames.push((await source.next())!);
  const decode = (performance.now() - started) / 24;
  await source.close();
  await rm(folder, { recursive: true });
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
  const settings = dreamer.settings(layer === undefined ? {} : { layers: { [layer]: 1 } }, true);
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

export function printParts(parts: Readonly<Record<string, number>>): void {
  const whole = Object.values(parts).reduce((a, b) => a + b);
  console.log("\n| part of a 640×360 frame | ms | share |\n|---|---|---|");
  for (const [name, ms] of Object.entries(parts))
    console.log(`| ${name} | ${ms.toFixed(1)} | ${((100 * ms) / whole).toFixed(1)} % |`);
}
