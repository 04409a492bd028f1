import type { DreamSettings } from "../../dream/settings.ts";
import { outputPath } from "../../output.ts";
import { engineTitle } from "../../runtime/engine.ts";
import { KeptFrames } from "../../runtime/pictures.ts";
import type { FrameParameters } from "../../scene/resolve.ts";
import type { Scene } from "../../scene/scene.ts";
import { checkOutput } from "../../video/open-sink.ts";
import { bytesForKept } from "../cache/retention.ts";
import type { StepTools } from "../frames/frame-step.ts";
import { Gap, type GapOptions } from "../frames/gap.ts";
import { stepTools } from "../frames/step-tools.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import type { FrameInputs } from "../plan/inputs.ts";
import type { RenderPlan } from "../plan/plan.ts";
import { type PrepareOptions, prepareRender } from "../plan/prepare.ts";
import { parametersAt } from "../plan/shot-plan.ts";
import { asWhole } from "../plan/stretches.ts";
import { activitiesOf } from "./activity.ts";
import { type DiskNeed, predictDisk } from "./disk.ts";
import { predictMemory } from "./memory.ts";

export interface RenderEstimate {
  readonly file: string;
  readonly plan: RenderPlan;
  /** Settings of the first frame. */
  readonly settings: DreamSettings;
  readonly network: string;
  readonly engine: string;
  readonly secondsPerFrame: number;
  readonly seconds: number;
  /** Predicted maximum. */
  readonly memoryBytes: number;
  readonly disk: DiskNeed;
  /** Most bytes that are kept after the render for later edits. */
  readonly keptBytes: number;
  /** The scene's value of `output.keepFrames`. */
  readonly keepFrames: Scene["output"]["keepFrames"];
}

/**
 * Plan a render and time the frames up to the next dreamed one of each shot, the second of two runs, to predict the
 * whole; where networks or regions come and go, with each combination of them. Writes nothing. Throws the errors of
 * `prepareRender`.
 */
export async function estimateRender(
  scene: Scene,
  options: PrepareOptions = {},
): Promise<RenderEstimate> {
  checkOutput(scene.output.target, scene.output.codec);
  const prepared = await prepareRender(scene, options);
  const { plan, engine, shots } = prepared;
  try {
    let seconds = 0;
    let settings: DreamSettings | undefined;
    for (const { plan: shotPlan, dreamer, open } of asWhole(prepared).shots) {
      const inputs = await open();
      const kept = new KeptFrames(engine);
      try {
        const first = await inputs.next();
        const { shot, cadence } = shotPlan;
        const next: FrameInputs[] = [];
        while (next.length < cadence) next.push((await inputs.next()) ?? next.at(-1) ?? first!);
        const tools = { ...stepTools(engine, plan, options), dreamer, signal: options.signal };
        settings ??= dreamSettings(tools, shot, parametersAt(shotPlan, 0), first!);
        const colors = inputs.palette && (await tools.grader.measureFrame(inputs.palette));
        // The frames of a seam are dreamed twice.
        const parts = plan.shots.filter((one) => one.shot === shot);
        const repeated =
          parts.reduce((sum, { start, frames }) => sum + frames - start, 0) / shotPlan.length;
        const gapAt = (parameters: FrameParameters): Parameters<typeof makeGap>[0] => ({
          state: { ...first!, output: first!.source, parameters },
          frames: next.map((inputs, i) => ({ inputs, index: i + 1, parameters, colors })),
          shot,
        });
        for (const { frame, count } of activitiesOf(shotPlan, tools)) {
          const gap = gapAt(parametersAt(shotPlan, frame));
          const step = (): Promise<void> => makeGap(gap, tools, kept);
          // The first run includes compilation; the second counts.
          await step();
          const started = performance.now();
          await step();
          seconds += ((performance.now() - started) / 1000 / cadence) * count * repeated;
        }
      } finally {
        kept.dispose();
        await inputs.close();
      }
    }
    const disk = predictDisk(scene.output.target, prepared, scene);
    return {
      file: outputPath(scene.output.target),
      plan,
      settings: settings!,
      network: [...new Set(shots.map(({ dreamer }) => dreamer.network.name))].join(", "),
      engine: engineTitle(engine),
      secondsPerFrame: seconds / plan.frames,
      seconds,
      memoryBytes: predictMemory(prepared, options),
      disk,
      keptBytes: await predictKept(scene, disk),
      keepFrames: scene.output.keepFrames,
    };
  } finally {
    await prepared.dispose();
  }
}

/** Make all frames of a gap. */
async function makeGap(options: GapOptions, tools: StepTools, kept: KeptFrames): Promise<void> {
  const gap = new Gap(options, tools, kept);
  try {
    const between = options.frames.length - 1;
    const end = await gap.dream(between > 0);
    for (let i = 0; i < between; i++) await gap.between(i, end);
  } finally {
    gap.dispose();
  }
}

async function predictKept({ output }: Scene, { workBytes }: DiskNeed): Promise<number> {
  if (output.keepFrames === "auto")
    return Math.min(workBytes, await bytesForKept(outputPath(output.target)));
  return output.keepFrames ? workBytes : 0;
}
