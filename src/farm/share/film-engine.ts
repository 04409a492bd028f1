import type { EngineChoice, EngineName } from "../../choices.ts";
import { DreamError } from "../../errors.ts";
import type { CpuOptions, Engine } from "../../runtime/engine.ts";
import { onHost } from "../../runtime/host-tensor.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";

/**
 * The engine of a film, to plan with. The machine that submits a film for other machines' GPUs needs none: its engine then
 * only has the name, and throws `ENGINE_UNAVAILABLE` where something has to be computed.
 */
export async function planningEngine(wanted: EngineChoice, options: CpuOptions): Promise<Engine> {
  return wanted === "webgpu" || wanted === "cuda" ? named(wanted) : selectEngine(wanted, options);
}

function named(name: EngineName): Engine {
  const load = (): Promise<never> =>
    Promise.reject(
      new DreamError(
        "ENGINE_UNAVAILABLE",
        `what the scene chooses by activation, such as layer:strongest-8, would need engine ${name} here`,
        { hint: "Name the channels; dreamreel render prints them on a machine with the engine." },
      ),
    );
  return { name, load, ...onHost(load), dispose: async () => {} };
}
