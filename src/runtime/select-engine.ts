import { DreamError, messageOf } from "../errors.ts";
import { floatTensor } from "../graph/graph.ts";
import { findGpu } from "./auto-engine.ts";
import type { Engine, EngineName } from "./engine.ts";
import { explainEngine } from "./engine-trouble.ts";
import { type CpuOptions, createOrtEngine } from "./ort.ts";
import { smallestConvolution } from "./probe-engine.ts";

/**
 * The engine the user asked for; `auto` is WebGPU where a GPU is clearly faster, else the CPU, with
 * `options`. Throws `ENGINE_UNAVAILABLE` where it does not run here, with what it needs.
 */
export async function selectEngine(
  wanted: "auto" | EngineName,
  options?: CpuOptions,
): Promise<Engine> {
  if (wanted === "auto" || wanted === "cpu") {
    const cpu = createOrtEngine("cpu", options);
    return (wanted === "auto" && (await findGpu(cpu))) || cpu;
  }
  // Loaded only where it is asked for.
  if (wanted === "tfjs") return (await import("./tfjs/engine.ts")).createTfjsEngine();
  const engine = createOrtEngine(wanted);
  try {
    await tryOut(engine);
  } catch (cause) {
    await engine.dispose();
    const { what, hint } = explainEngine(wanted, messageOf(cause));
    throw new DreamError("ENGINE_UNAVAILABLE", `engine ${wanted} does not run here: ${what}`, {
      hint,
      cause,
    });
  }
  return engine;
}

/** Run the smallest graph there is. */
async function tryOut(engine: Engine): Promise<void> {
  const session = await engine.load(smallestConvolution());
  await session.run({ x: floatTensor([1, 1, 1, 1], [1]) });
  await session.dispose();
}
