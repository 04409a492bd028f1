/** Why an engine does not run on this machine. */

import type { Diagnosis } from "../diagnosis.ts";
import { cudaFacts, explainCuda } from "../ort/cuda-diagnosis.ts";
import { explainWebgpu } from "../webgpu/diagnosis.ts";

/** The diagnosis for onnxruntime's `message` on this machine; `notes` is the drivers' output. */
export function explainEngine(engine: "webgpu" | "cuda", message: string, notes = ""): Diagnosis {
  return engine === "cuda"
    ? explainCuda(message, cudaFacts())
    : explainWebgpu(message, `${process.platform}/${process.arch}`, notes);
}
