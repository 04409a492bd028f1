/** A graph compiled by onnxruntime. */
import * as ort from "onnxruntime-node";
import type { Graph } from "../../graph/graph.ts";
import { writeOnnx, writeOnnxInParts } from "../../graph/onnx/file.ts";
import { fastLrn } from "../../graph/passes/fast-lrn.ts";
import { type WithFilters, winograd, winogradWithFilters } from "../../graph/passes/winograd.ts";
import { checkFeed } from "../check-feed.ts";
import type { Feed } from "../engine.ts";
import { toHost } from "../host-tensor.ts";
import { rewriteForWebGpu } from "../webgpu/graph.ts";
import { ortError } from "./error.ts";
import { OrtTensor } from "./memory.ts";
import type { Provider, RawSession } from "./raw-session.ts";
import { startOrt } from "./start-ort.ts";
import type { WinogradFilters } from "./winograd-filters.ts";
import type { HostedSession, OrtWorker } from "./worker.ts";

export interface SessionSpec {
  readonly provider: Provider;
  /** Location of its results. */
  readonly location: "cpu" | "gpu-buffer";
  readonly releaseAfterRun: boolean;
  readonly threads: number;
  readonly strict: boolean;
  /** What the engine's sessions on the calling thread share. */
  readonly filters: WinogradFilters;
  /** The worker thread that runs it; absent if it runs on the calling thread. */
  readonly worker?: OrtWorker | undefined;
}

/** Output channels of a convolution from which onnxruntime's blocked layout, of 8 or 16 channels, is worth its padding. */
const wideChannels = 16;

function hasWideConvolution({ nodes, initializers }: Graph): boolean {
  return nodes.some(
    ({ op, inputs }) =>
      op === "Conv" && (initializers.get(inputs[1]!)?.dims[0] ?? wideChannels) >= wideChannels,
  );
}

/**
 * Compile `graph`. Throws `GraphRefused` if the CPU provider refuses it, `INTERNAL` if another provider does,
 * `TOO_LARGE`, `ENGINE_UNAVAILABLE`.
 */
export async function createSession(
  graph: Graph,
  spec: SessionSpec,
  onDispose: () => void,
): Promise<RawSession> {
  const { provider, location, releaseAfterRun, threads, strict, worker } = spec;
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // "all" adds the blocked layout to "extended".
    graphOptimizationLevel: hasWideConvolution(graph) ? "all" : "extended",
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
  let fixed: Readonly<Record<string, ort.Tensor>> = {};
  try {
    await startOrt();
    if (worker) inner = await worker.create(writeOnnx(rewriteFor(provider, graph)), options);
    else {
      const { graph: rewritten, filters } = withSharedFilters(provider, graph);
      fixed = await spec.filters.of(filters);
      const { bytes, weights } = writeOnnxInParts(rewritten);
      const parts = { ...options, externalData: weights };
      inner = (await ort.InferenceSession.create(bytes, parts)) as HostedSession;
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
        return await inner.run({ ...fixed, ...Object.fromEntries(values) });
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

/** Rewrite the graph with ops that the provider supports or runs fastest. */
function rewriteFor(provider: Provider, graph: Graph): Graph {
  if (provider === "webgpu") return rewriteForWebGpu(graph);
  return provider === "cpu" ? winograd(fastLrn(graph)) : graph;
}

/** `rewriteFor` for sessions that share transformed kernels: feeding them to another thread would copy them. */
function withSharedFilters(provider: Provider, graph: Graph): WithFilters {
  if (provider === "cpu") return winogradWithFilters(fastLrn(graph));
  return { graph: rewriteFor(provider, graph), filters: new Map() };
}

function toOrt(feed: Feed): ort.Tensor {
  if (feed instanceof OrtTensor) return feed.value;
  const { type, data, dims } = toHost(feed);
  return new ort.Tensor(type, data as never, dims);
}
