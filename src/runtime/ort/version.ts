import { createRequire } from "node:module";

/** The version of onnxruntime that dreams. */
export const runtimeVersion: string = (
  createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }
).version;
