/** Whether machines compute alike: tiny differences grow along a chain of frames that feed back. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import sharp from "sharp";
import type { EngineName } from "../../choices.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { floatTensor, type Graph } from "../../graph/graph.ts";
import { latticeValue } from "../../hash.ts";
import { type Engine, engineTitle } from "../../runtime/engine.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { ffmpegVersion, findFfmpeg } from "../../video/ffmpeg.ts";

/** Processor features that onnxruntime and ffmpeg choose their kernels by. */
const features = /^(?:sse|ssse|avx|fma|f16c|amx|bmi|asimd|neon|sve|sme|i8mm|bf16|fphp|dotprod)/;

/**
 * A name, such as `cpu-` and 16 hexadecimal digits, that machines share which compute the same bits, as far as can be told:
 * by the engine, the versions of the programs that compute, the processor's features, and the result of a small graph.
 * Throws `ENGINE_UNAVAILABLE`, `FFMPEG_NOT_FOUND`.
 */
export async function fingerprintOf(wanted: EngineName): Promise<string> {
  const engine = await selectEngine(wanted, { threads: 1 });
  try {
    const { ffmpeg } = await findFfmpeg();
    const parts = [
      [engineTitle(engine), runtimeVersion, process.arch, process.platform],
      [process.versions.node.split(".")[0], sharp.versions.vips, await ffmpegVersion(ffmpeg)],
      await processorFeatures(),
      await probe(engine),
    ];
    const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
    return `${engine.name}-${digest}`;
  } finally {
    await engine.dispose();
  }
}

async function processorFeatures(): Promise<string[]> {
  const text = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  // Elsewhere the model decides.
  if (flags === undefined) return [cpus()[0]?.model ?? ""];
  return flags
    .trim()
    .split(/\s+/)
    .filter((flag) => features.test(flag))
    .sort();
}

/** The hash of what a graph with uneven sizes computes. */
async function probe(engine: Engine): Promise<string> {
  const session = await engine.load(probeGraph());
  try {
    const { y } = await session.run({ x: floatTensor(inputDims, noise(inputDims, 1)) });
    const { data } = y!;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return createHash("sha256").update(bytes).digest("hex");
  } finally {
    await session.dispose();
  }
}

const inputDims = [1, 3, 37, 53];

/** Convolutions of two sizes, then a product of matrices: long sums, whose order differs between kernels. */
function probeGraph(): Graph {
  const b = new GraphBuilder();
  const weights = (dims: readonly number[], seed: number): string =>
    b.constant(floatTensor(dims, noise(dims, seed)));
  const x = b.input("x", inputDims);
  const wide = b.op("Conv", [x, weights([24, 3, 5, 5], 2)], { pads: [2, 2, 2, 2] }, "wide");
  const bent = b.op("Tanh", [wide], {}, "bent");
  const next = b.op("Conv", [bent, weights([19, 24, 3, 3], 3)], { pads: [1, 1, 1, 1] }, "next");
  const y = b.op("MatMul", [next, weights([53, 17], 4)], {}, "y");
  b.output(y, [1, 19, 37, 17]);
  return b.build();
}

function noise(dims: readonly number[], seed: number): Float32Array {
  const count = dims.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: count }, (_, i) => latticeValue(i, 0, 0, seed));
}
