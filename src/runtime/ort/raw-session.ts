import type * as ort from "onnxruntime-node";
import type { Feed } from "../engine.ts";

export type Provider = "cpu" | "webgpu" | "cuda";

/** A session that returns onnxruntime's own tensors. */
export interface RawSession {
  readonly run: (feeds: Readonly<Record<string, Feed>>) => Promise<Record<string, ort.Tensor>>;
  readonly dispose: () => Promise<void>;
}
