import { Dreamer } from "../dream/dreamer.ts";
import type { DreamSettings } from "../dream/settings.ts";
import { openNetwork } from "../models/open.ts";
import { selectEngine } from "../runtime/select-engine.ts";
import type { Scene } from "../scene/scene.ts";
import { checkOutput } from "../video/sink.ts";
import { checkNames } from "./check-names.ts";
import { planRender, type RenderPlan } from "./plan.ts";
import { openGuide, openScene, type RenderOptions } from "./render.ts";

export interface RenderEstimate {
  readonly file: string;
  readonly plan: RenderPlan;
  readonly settings: DreamSettings;
  readonly network: string;
  readonly engine: string;
  readonly secondsPerFrame: number;
  readonly seconds: number;
  /** Resident memory while dreaming the first frame. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Bits a pixel of dreamed video takes at quality 18; halves with every 6 steps of the rate factor. */
const bitsPerPixel = 0.9;

/** Lay out a render and dream its first frame twice, to say what the whole will take. Writes nothing. */
export async function estimateRender(
  scene: Scene,
  options: Pick<RenderOptions, "engine" | "onNotice"> = {},
): Promise<RenderEstimate> {
  checkOutput(scene.output.file, scene.output.codec);
  const source = await openScene(scene);
  try {
    const plan = planRender(scene, source);
    const network = await openNetwork(
      scene.model,
      options.onNotice ? { onNotice: options.onNotice } : {},
    );
    const engine = await selectEngine(options.engine ?? scene.engine);
    try {
      const dreamer = new Dreamer(network, engine);
      checkNames(scene, dreamer, plan.at(0));
      const guide = await openGuide(scene);
      const settings = dreamer.settings({ ...plan.at(0).dream, ...(guide ? { guide } : {}) });
      const frame = (await source.next())!;
      // The first time includes compiling; what counts is the second.
      await dreamer.dream(frame, settings, scene.seed);
      const started = performance.now();
      await dreamer.dream(frame, settings, scene.seed);
      const secondsPerFrame = (performance.now() - started) / 1000;
      const pixels = plan.size.width * plan.size.height * plan.frames;
      return {
        file: scene.output.file,
        plan,
        settings,
        network: network.name,
        engine: engine.name,
        secondsPerFrame,
        seconds: secondsPerFrame * plan.frames,
        memoryBytes: process.memoryUsage().rss,
        diskBytes: (pixels * bitsPerPixel * 2 ** ((18 - scene.output.quality) / 6)) / 8,
      };
    } finally {
      await engine.dispose();
    }
  } finally {
    await source.close();
  }
}
