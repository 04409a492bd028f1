import { DreamError, messageOf } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import { findGpu } from "./auto-engine.ts";
import { cudaFacts, explainCuda, type Trouble } from "./cuda-trouble.ts";
import type { Engine, EngineName } from "./engine.ts";
import { type CpuOptions, createOrtEngine } from "./ort.ts";
import { explainWebgpu } from "./webgpu-trouble.ts";

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
    const { what, hint } = explain(wanted, messageOf(cause));
    throw new DreamError("ENGINE_UNAVAILABLE", `engine ${wanted} does not run here: ${what}`, {
      hint,
      cause,
    });
  }
  return engine;
}

function explain(engine: "webgpu" | "cuda", message: string): Trouble {
  return engine === "cuda"
    ? explainCuda(message, cudaFacts())
    : explainWebgpu(message, `${process.platform}/${process.arch}`);
}

/** Run the smallest convolution there is: it needs every library a dream needs. */
async function tryOut(engine: Engine): Promise<void> {
  const b = new GraphBuilder();
  const dims = [1, 1, 1, 1];
  const x = b.input("x", dims);
  b.output(b.op("Conv", [x, b.constant(floatTensor(dims, [1]))], {}, "y"), dims);
  const session = await engine.load(b.build());
  await session.run({ x: floatTensor(dims, [1]) });
  await session.dispose();
}
