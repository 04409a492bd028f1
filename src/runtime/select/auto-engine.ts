/** Finds a GPU that is faster than the CPU. */
import { existsSync, readdirSync } from "node:fs";
import { GraphBuilder } from "../../graph/builder.ts";
import { floatTensor, type Graph } from "../../graph/graph.ts";
import type { Engine } from "../engine.ts";
import { createOrtEngine } from "../ort/engine.ts";
import { scoped } from "../scope.ts";
import { probeEngine } from "./probe-engine.ts";

/** A device is clearly faster if it needs at most this share of the CPU's time. */
const clearly = 0.7;
/** Channels, side in px and layers of the timed convolutions: a quick check, and the deciding trial. */
const [glance, trial] = [
  [16, 32, 1],
  [64, 96, 6],
] as const;
/**
 * Longest quick check, as a multiple of the CPU's time: a GPU has a higher latency; a software renderer takes a
 * hundred times as long.
 */
const hopeless = 30;

/**
 * The engine for a GPU, if the machine has one that is clearly faster than `cpu`. Without a GPU, no engine is
 * started.
 */
export async function findGpu(cpu: Engine): Promise<Engine | undefined> {
  // The probe isolates drivers that crash or hang; the render continues without them.
  if (!mayHaveGpu() || (await probeEngine("webgpu"))) return undefined;
  const gpu = createOrtEngine("webgpu");
  try {
    if (await isClearlyFaster(gpu, cpu)) return gpu;
  } catch {
    // No driver that WebGPU supports.
  }
  await gpu.dispose();
  return undefined;
}

/** On Linux, a GPU has a device file. Other systems always have one or report the lack of one when it is tried. */
function mayHaveGpu(): boolean {
  if (process.platform !== "linux") return true;
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  const render = nodes.some((name) => name.startsWith("renderD"));
  return render || existsSync("/dev/nvidia0") || existsSync("/dev/dxg");
}

/**
 * Whether `engine` runs convolutions in much less time than `cpu`, including copies. Timing excludes software
 * renderers, whatever name they report.
 */
export async function isClearlyFaster(engine: Engine, cpu: Engine): Promise<boolean> {
  const look = await timeConvolutions(engine, ...glance);
  if (look > hopeless * (await timeConvolutions(cpu, ...glance)) && look > 20) return false;
  const time = await timeConvolutions(engine, ...trial);
  return time < clearly * (await timeConvolutions(cpu, ...trial));
}

/** The shortest of three runs, ms, after a first run that compiles. */
async function timeConvolutions(
  engine: Engine,
  channels: number,
  side: number,
  layers: number,
): Promise<number> {
  const dims = [1, channels, side, side];
  const session = await engine.loadOnDevice(convolutions(channels, dims, layers));
  const data = new Float32Array(channels * side * side).fill(0.5);
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const started = performance.now();
    await scoped(async (scope) => {
      const x = await engine.upload(scope, dims, data);
      await (await session.run(scope, { x })).y!.read();
    });
    times.push(performance.now() - started);
  }
  await session.dispose();
  return Math.min(...times.slice(1));
}

function convolutions(channels: number, dims: readonly number[], layers: number): Graph {
  const b = new GraphBuilder();
  let x = b.input("x", dims);
  const weights = floatTensor([channels, channels, 3, 3]);
  weights.data.fill(1 / (9 * channels));
  const kernel = b.constant(weights);
  for (let i = 0; i < layers; i++)
    x = b.op("Relu", [b.op("Conv", [x, kernel], { pads: [1, 1, 1, 1] })]);
  b.opNamed("Identity", [x], {}, "y").output("y", dims);
  return b.build();
}
