/** A graph compiled by onnxruntime. */
import * as ort from "onnxruntime-node";
import type { Graph } from "../../graph/graph.ts";
import { writeOnnx, writeOnnxInParts } from "../../graph/onnx/file.ts";
import { fastLrn } from "../../graph/passes/fast-lrn.ts";
import { winograd } from "../../graph/passes/winograd.ts";
import { checkFeed } from "../check-feed.ts";
import type { Feed } from "../engine.ts";
import { toHost } from "../host-tensor.ts";
import { rewriteForWebGpu } from "../webgpu/graph.ts";
import { ortError } from "./error.ts";
import { OrtTensor } from "./memory.ts";
import type { Provider, RawSession } from "./raw-session.ts";
import type { HostedSession, OrtWorker } from "./worker.ts";

export interface SessionSpec {
  readonly provider: Provider;
  /** Location of its results. */
  readonly location: "cpu" | "gpu-buffer";
  readonly releaseAfterRun: boolean;
  readonly threads: number;
  readonly strict: boolean;
  /** The worker thread that runs it; absent if it runs on the calling thread. */
  readonly worker?: OrtWorker | undefined;
}

/**
 * Compile `graph`. Throws `GraphRefused` if the CPU provider refuses it, `INTERNAL` if another provider does,
 * `TOO_LARGE`, `ENGINE_UNAVAILABLE`.
 */
export async function createSession(
  graph: Graph,
  { provider, location, releaseAfterRun, threads, strict, worker }: SessionSpec,
  onDispose: () => void,
): Promise<RawSession> {
  const rewritten = rewriteFor(provider, graph);
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
    extra: {
      session: {
        // Each session has its own threads. Without this, idle ones spin and take cores from the running session.
        force_spinning_stop: "1",
        disable_cpu_ep_fallback: strict ? "1" : "0",
      },
    },
    // Memory patterns save a tenth of the time but need two fifths more memory.
    enableMemPattern: false,
    enableCpuMemArena: !releaseAfterRun,
    preferredOutputLocation: location,
  };
  let inner: HostedSession;
  try {
    if (worker) inner = await worker.create(writeOnnx(rewritten), options);
    else {
      const { bytes, weights } = writeOnnxInParts(rewritten);
      const parts = { ...options, externalData: weights };
      inner = (await createQuietly(bytes, parts)) as HostedSession;
    }
  } catch (cause) {
    throw ortError(provider, "does not take this graph", cause);
  }
  let disposed = false;
  return {
    async run(feeds) {
      for (const input of graph.inputs) checkFeed(input, feeds[input.name]);
      const values = graph.inputs.map(({ name }) => [name, toOrt(feeds[name]!)]);
      try {
        return await inner.run(Object.fromEntries(values));
      } catch (cause) {
        throw ortError(provider, "failed", cause);
      }
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      onDispose();
      await inner.release();
    },
  };
}

let isStarted = false;

/**
 * onnxruntime reads its log level when a process creates its first session. Errors are thrown, and its log on stderr
 * is for its developers. The setting is restored afterwards.
 */
async function createQuietly(
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

/** Rewrite the graph with ops that the provider supports or runs fastest. */
function rewriteFor(provider: Provider, graph: Graph): Graph {
  if (provider === "webgpu") return rewriteForWebGpu(graph);
  return provider === "cpu" ? winograd(fastLrn(graph)) : graph;
}

function toOrt(feed: Feed): ort.Tensor {
  if (feed instanceof OrtTensor) return feed.value;
  const { type, data, dims } = toHost(feed);
  return new ort.Tensor(type, data as never, dims);
}
