import type { EngineChoice, EngineName } from "../../choices.ts";
import { DreamError, messageOf } from "../../errors.ts";
import { floatTensor } from "../../graph/graph.ts";
import type { Diagnosis } from "../diagnosis.ts";
import type { CpuOptions, Engine } from "../engine.ts";
import { createOrtEngine } from "../ort/engine.ts";
import { findGpu } from "./auto-engine.ts";
import { explainEngine } from "./engine-diagnosis.ts";
import { probeEngine, smallestConvolution } from "./probe-engine.ts";

/**
 * The requested engine. `auto` selects WebGPU if a GPU is clearly faster, else the CPU with `options`. Throws
 * `ENGINE_UNAVAILABLE`, with the requirements, if the engine does not run here.
 */
export async function selectEngine(wanted: EngineChoice, options?: CpuOptions): Promise<Engine> {
  if (wanted === "auto" || wanted === "cpu") {
    const cpu = createOrtEngine("cpu", options);
    return (wanted === "auto" && (await findGpu(cpu))) || cpu;
  }
  // Loaded only on request.
  if (wanted === "tfjs") return (await import("../tfjs/engine.ts")).createTfjsEngine();
  // The probe's process contains the output of drivers that do not work.
  const diagnosis = await probeEngine(wanted, { timeoutMs: 60_000 });
  if (diagnosis) throw unavailable(wanted, diagnosis);
  const engine = createOrtEngine(wanted);
  try {
    await tryOut(engine);
  } catch (cause) {
    await engine.dispose();
    throw unavailable(wanted, explainEngine(wanted, messageOf(cause)), cause);
  }
  return engine;
}

function unavailable(engine: EngineName, { what, hint }: Diagnosis, cause?: unknown): DreamError {
  return new DreamError("ENGINE_UNAVAILABLE", `engine ${engine} does not run here: ${what}`, {
    hint,
    cause,
  });
}

/** Run a minimal graph. */
async function tryOut(engine: Engine): Promise<void> {
  const session = await engine.load(smallestConvolution());
  await session.run({ x: floatTensor([1, 1, 1, 1], [1]) });
  await session.dispose();
}
