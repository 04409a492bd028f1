/** Why an engine does not run here. */

import type { Diagnosis } from "../diagnosis.ts";
import { cudaFacts, explainCuda } from "../ort/cuda-diagnosis.ts";
import { explainWebgpu } from "../webgpu/diagnosis.ts";

/** What onnxruntime's `message` means on this machine; `notes` are what drivers said meanwhile. */
export function explainEngine(engine: "webgpu" | "cuda", message: string, notes = ""): Diagnosis {
  return engine === "cuda"
    ? explainCuda(message, cudaFacts())
    : explainWebgpu(message, `${process.platform}/${process.arch}`, notes);
}
