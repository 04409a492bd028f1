import { createRequire } from "node:module";
import { execa } from "execa";
import { GraphBuilder } from "../../graph/builder.ts";
import { floatTensor, type Graph } from "../../graph/graph.ts";
import { writeOnnx } from "../../graph/onnx/file.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { explainEngine } from "./engine-diagnosis.ts";

/**
 * What the process of a probe runs: the graph on its stdin. Its last line says how that went. As text, for that process may
 * have no loader for our modules.
 */
const script = (runtime: string, provider: string): string => `
  const { readFileSync, writeSync } = require("node:fs");
  const answer = (failure) => writeSync(1, "\\n" + JSON.stringify({ failure }) + "\\n");
  (async () => {
    const ort = require(${JSON.stringify(runtime)});
    const options = { executionProviders: ["${provider}"], logSeverityLevel: 4 };
    const session = await ort.InferenceSession.create(readFileSync(0), options);
    await session.run({ x: new ort.Tensor("float32", [1], [1, 1, 1, 1]) });
    answer();
    await session.release();
  })().catch((error) => answer(error.message));
`;

interface ProbeOptions {
  readonly timeoutMs?: number;
  /** Another module in onnxruntime's place. */
  readonly runtime?: string;
}

/**
 * Why onnxruntime's `engine` does not run here, undefined where it does. Tried in a process of its own: a bad driver may crash
 * or hang the one that loads it, and drivers write to stderr as they like.
 */
export async function probeEngine(
  engine: "webgpu" | "cuda",
  { timeoutMs = 10_000, runtime = onnxruntime() }: ProbeOptions = {},
): Promise<Diagnosis | undefined> {
  const { stdout, stderr, timedOut, signal, exitCode } = await execa(
    process.execPath,
    ["--eval", script(runtime, engine)],
    {
      input: writeOnnx(smallestConvolution()),
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      reject: false,
    },
  );
  const answer = /^\{.*\}$/m.exec(stdout)?.[0];
  if (answer !== undefined) {
    const { failure } = JSON.parse(answer) as { failure?: string };
    return failure === undefined ? undefined : explainEngine(engine, failure, stderr);
  }
  const end = timedOut
    ? `its driver gave no answer in ${timeoutMs / 1000} s`
    : `its driver crashed (${signal ?? `exit code ${exitCode}`})`;
  const lastWords = stderr.trim().split("\n").at(-1);
  return {
    what: lastWords ? `${end}: ${lastWords}` : end,
    hint: "Update the GPU's driver, or start the machine again. engine: auto and engine: cpu do without it.",
  };
}

function onnxruntime(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}

/** A graph, from `x` to `y`, both `[1, 1, 1, 1]`, that needs every library a dream needs. */
export function smallestConvolution(): Graph {
  const b = new GraphBuilder();
  const dims = [1, 1, 1, 1];
  const x = b.input("x", dims);
  b.output(b.op("Conv", [x, b.constant(floatTensor(dims, [1]))], {}, "y"), dims);
  return b.build();
}
