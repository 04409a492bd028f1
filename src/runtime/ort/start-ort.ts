import * as ort from "onnxruntime-node";
import { GraphBuilder } from "../../graph/builder.ts";
import { writeOnnx } from "../../graph/onnx/file.ts";
import { noTelemetry } from "./telemetry.ts";

let started: Promise<void> | undefined;

/**
 * Start onnxruntime, once in a process, without telemetry and without its log on stderr, which is for its developers. It reads
 * both settings when the first session is created; they are restored afterwards. A value that the user has given
 * ORT_DISABLE_TELEMETRY stays. Await this before any session is created, in threads too: only the main thread's variables count.
 */
export function startOrt(): Promise<void> {
  started ??= start();
  return started;
}

async function start(): Promise<void> {
  const { logLevel = "warning" } = ort.env;
  const isOurs = !(noTelemetry in process.env);
  ort.env.logLevel = "fatal";
  if (isOurs) process.env[noTelemetry] = "1";
  try {
    const session = await ort.InferenceSession.create(smallestGraph(), { logSeverityLevel: 4 });
    await session.release();
  } finally {
    ort.env.logLevel = logLevel;
    if (isOurs) delete process.env[noTelemetry];
  }
}

function smallestGraph(): Uint8Array {
  const b = new GraphBuilder();
  b.output(b.op("Identity", [b.input("x", [1])]), [1]);
  return writeOnnx(b.build());
}
