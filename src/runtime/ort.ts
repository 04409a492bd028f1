/** onnxruntime behind the Engine interface. */
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { DreamError } from "../errors.ts";
import type { Graph, Tensor, ValueInfo } from "../graph/graph.ts";
import { writeOnnx } from "../graph/onnx-file.ts";
import { winograd } from "../graph/winograd.ts";
import type { Engine, Feed, LoadOptions, Session } from "./engine.ts";
import { onHost, toHost } from "./host-tensor.ts";
import { ortError } from "./ort-error.ts";
import { DeviceMemory, OrtTensor } from "./ort-memory.ts";
import { rewriteForWebGpu } from "./webgpu-graph.ts";

type Provider = "cpu" | "webgpu" | "cuda";

interface OrtOptions {
  /** Fail where a node would be left to the CPU. */
  readonly strict?: boolean;
}

// What goes wrong is thrown; its own notes on stderr are for its developers.
ort.env.logLevel = "fatal";

/** Create an engine on one of onnxruntime's execution providers. `threads` compute at once, by default all there are. */
export function createOrtEngine(
  name: Provider,
  threads: number = availableParallelism(),
  { strict = false }: OrtOptions = {},
): Engine {
  const open = new Set<RawSession>();
  const create = async (
    graph: Graph,
    location: "cpu" | "gpu-buffer",
    { lean = false }: LoadOptions = {},
  ): Promise<RawSession> => {
    const options = { lean, threads, strict };
    const session = await createSession(graph, name, location, options, () => open.delete(session));
    open.add(session);
    return session;
  };
  const load = async (graph: Graph, loadOptions?: LoadOptions): Promise<Session> => {
    const { run, dispose } = await create(graph, "cpu", loadOptions);
    return {
      run: async (feeds) =>
        Object.fromEntries(
          Object.entries(await run(feeds)).map(([key, value]) => [key, fromOrt(value)]),
        ),
      dispose,
    };
  };
  const dispose = async (): Promise<void> => {
    await Promise.all([...open].map((session) => session.dispose()));
  };
  // Only WebGPU's results can stay on their device.
  if (name !== "webgpu") return { name, load, ...onHost(load), dispose };
  const memory = new DeviceMemory(create);
  return {
    name,
    load,
    async loadOnDevice(graph, loadOptions) {
      const session = await create(graph, "gpu-buffer", loadOptions);
      return {
        run: async (scope, feeds) => memory.keep(scope, await session.run(feeds)),
        dispose: session.dispose,
      };
    },
    upload: (scope, dims, data) => memory.upload(scope, dims, data),
    get openTensors() {
      return memory.open;
    },
    async dispose() {
      memory.dispose();
      await dispose();
    },
  };
}

/** The graph in the ops that a provider is quickest with, or has at all. */
function rewriteFor(provider: Provider, graph: Graph): Graph {
  if (provider === "webgpu") return rewriteForWebGpu(graph);
  return provider === "cpu" ? winograd(graph) : graph;
}

/** A session with its results as onnxruntime gives them. */
export interface RawSession {
  readonly run: (feeds: Readonly<Record<string, Feed>>) => Promise<Record<string, ort.Tensor>>;
  readonly dispose: () => Promise<void>;
}

async function createSession(
  graph: Graph,
  provider: Provider,
  location: "cpu" | "gpu-buffer",
  {
    lean,
    threads,
    strict,
  }: { readonly lean: boolean; readonly threads: number; readonly strict: boolean },
  onDispose: () => void,
): Promise<RawSession> {
  const written = writeOnnx(rewriteFor(provider, graph));
  let inner: ort.InferenceSession;
  try {
    inner = await ort.InferenceSession.create(written, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 4,
      extra: {
        session: {
          // Each session has threads of its own; those that wait busily take the cores from the one that runs.
          force_spinning_stop: "1",
          disable_cpu_ep_fallback: strict ? "1" : "0",
        },
      },
      // Planning memory as one block costs a tenth of the time and two fifths more memory.
      enableMemPattern: false,
      enableCpuMemArena: !lean,
      preferredOutputLocation: location,
    });
  } catch (cause) {
    throw ortError(provider, "does not take this graph", cause);
  }
  let disposed = false;
  return {
    async run(feeds) {
      for (const input of graph.inputs) checkFeed(input, feeds[input.name]);
      const values = graph.inputs.map(({ name }) => [name, toOrt(feeds[name]!)]);
      try {
        return (await inner.run(Object.fromEntries(values))) as Record<string, ort.Tensor>;
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

/** Throws `SHAPE_MISMATCH` where `feed` is not what `input` wants. */
export function checkFeed(input: ValueInfo, feed: Feed | undefined): void {
  const type = feed && ("type" in feed ? feed.type : "float32");
  const fits =
    feed &&
    type === input.type &&
    feed.dims.length === input.dims.length &&
    input.dims.every((d, i) => typeof d === "string" || d === feed.dims[i]);
  if (fits) return;
  const given = feed ? `${type} [${feed.dims.join(", ")}]` : "nothing";
  throw new DreamError(
    "SHAPE_MISMATCH",
    `input "${input.name}" wants ${input.type} [${input.dims.join(", ")}], got ${given}`,
  );
}

function toOrt(feed: Feed): ort.Tensor {
  if (feed instanceof OrtTensor) return feed.value;
  const { type, data, dims } = toHost(feed);
  return new ort.Tensor(type, data as never, dims);
}

function fromOrt(tensor: ort.Tensor): Tensor {
  return { type: tensor.type, dims: tensor.dims, data: tensor.data } as Tensor;
}
