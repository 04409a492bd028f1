import { createRequire } from "node:module";
import { GraphBuilder } from "../../graph/builder.ts";
import { floatTensor, type Graph } from "../../graph/graph.ts";
import { writeOnnx } from "../../graph/onnx/file.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { noTelemetry } from "../ort/telemetry.ts";
import { explainEngine } from "./engine-diagnosis.ts";

/**
 * The script of the probe process: it runs the graph from its stdin and prints the result as its last line. The
 * script is a string because the process may have no loader for the source modules.
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
  /** A module to use in place of onnxruntime. */
  readonly runtime?: string;
}

/**
 * Why onnxruntime's `engine` does not run here; undefined if it runs. The test runs in a separate process: a faulty
 * driver may crash or hang the process that loads it, and drivers write to stderr.
 */
export async function probeEngine(
  engine: "webgpu" | "cuda",
  { timeoutMs = 10_000, runtime = onnxruntime() }: ProbeOptions = {},
): Promise<Diagnosis | undefined> {
  // Imported when needed: loading it slows the start of the program.
  const { execa } = await import("execa");
  const { stdout, stderr, timedOut, signal, exitCode } = await execa(
    process.execPath,
    ["--eval", script(runtime, engine)],
    {
      env: { [noTelemetry]: "1", ...process.env },
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
    ? `its driver did not respond within ${timeoutMs / 1000} s`
    : `its driver crashed (${signal ?? `exit code ${exitCode}`})`;
  const lastWords = stderr.trim().split("\n").at(-1);
  return {
    what: lastWords ? `${end}: ${lastWords}` : end,
    hint: "Update the GPU's driver or restart the machine. engine: auto and engine: cpu work without it.",
  };
}

function onnxruntime(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}

/** A graph from `x` to `y`, both `[1, 1, 1, 1]`, that uses every library a dream needs. */
export function smallestConvolution(): Graph {
  const b = new GraphBuilder();
  const dims = [1, 1, 1, 1];
  const x = b.input("x", dims);
  b.output(b.op("Conv", [x, b.constant(floatTensor(dims, [1]))], {}, "y"), dims);
  return b.build();
}
