import { createRequire } from "node:module";

/** The version of onnxruntime in use. */
export const runtimeVersion: string = (
  createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }
).version;
