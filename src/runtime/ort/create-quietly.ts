import * as ort from "onnxruntime-node";

let isStarted = false;

/**
 * onnxruntime reads its log level when a process creates its first session. Errors are thrown, and its log on stderr
 * is for its developers. The setting is restored afterwards.
 */
export async function createQuietly(
  bytes: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  if (isStarted) return ort.InferenceSession.create(bytes, options);
  isStarted = true;
  const { logLevel = "warning" } = ort.env;
  ort.env.logLevel = "fatal";
  try {
    return await ort.InferenceSession.create(bytes, options);
  } finally {
    ort.env.logLevel = logLevel;
  }
}
