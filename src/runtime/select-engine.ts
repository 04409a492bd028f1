import { DreamError, messageOf } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import type { Engine, EngineName } from "./engine.ts";
import { createOrtEngine } from "./ort.ts";

const hints = {
  webgpu:
    "It needs a GPU with a Vulkan, Metal or Direct3D 12 driver. engine: cpu works everywhere.",
  cuda: "It needs onnxruntime's CUDA libraries, which are not installed by default. engine: cpu works everywhere.",
};

/**
 * The engine the user asked for; `auto` is the CPU for now. On it `threads` compute at once, by default all there are.
 * Throws `ENGINE_UNAVAILABLE` where it does not run here, with what it needs.
 */
export async function selectEngine(wanted: "auto" | EngineName, threads?: number): Promise<Engine> {
  if (wanted === "auto" || wanted === "cpu") return createOrtEngine("cpu", threads);
  // Loaded only where it is asked for.
  if (wanted === "tfjs") return (await import("./tfjs/engine.ts")).createTfjsEngine();
  const engine = createOrtEngine(wanted);
  try {
    await tryOut(engine);
  } catch (cause) {
    await engine.dispose();
    throw new DreamError(
      "ENGINE_UNAVAILABLE",
      `engine ${wanted} does not run on this machine: ${messageOf(cause)}`,
      { hint: hints[wanted], cause },
    );
  }
  return engine;
}

/** Run the smallest graph there is. */
async function tryOut(engine: Engine): Promise<void> {
  const b = new GraphBuilder();
  const x = b.input("x", [1]);
  b.output(b.op("Add", [x, x], {}, "y"), [1]);
  const session = await engine.load(b.build());
  await session.run({ x: floatTensor([1], [1]) });
  await session.dispose();
}
