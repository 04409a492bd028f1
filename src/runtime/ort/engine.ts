/** The Engine interface implemented with onnxruntime. */
import { availableParallelism } from "node:os";
import type * as ort from "onnxruntime-node";
import type { Graph, Tensor } from "../../graph/graph.ts";
import type { CpuOptions, Engine, LoadOptions, Session } from "../engine.ts";
import { onHost } from "../host-tensor.ts";
import { DeviceMemory } from "./memory.ts";
import type { Provider, RawSession } from "./raw-session.ts";
import { createSession } from "./session.ts";
import { WinogradFilters } from "./winograd-filters.ts";
import { OrtWorker } from "./worker.ts";

interface OrtOptions extends CpuOptions {
  /** Fail if a node would fall back to the CPU. */
  readonly strict?: boolean;
}

/** Create an engine that uses one of onnxruntime's execution providers. */
export function createOrtEngine(
  name: Provider,
  { threads = availableParallelism(), worker = false, strict = false }: OrtOptions = {},
): Engine {
  const open = new Set<RawSession>();
  const thread = worker ? new OrtWorker() : undefined;
  const filters = new WinogradFilters();
  const create = async (
    graph: Graph,
    location: "cpu" | "gpu-buffer",
    { releaseAfterRun = false }: LoadOptions = {},
  ): Promise<RawSession> => {
    const spec = {
      provider: name,
      location,
      releaseAfterRun,
      threads,
      strict,
      filters,
      worker: thread,
    };
    const session = await createSession(graph, spec, () => open.delete(session));
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
    await filters.dispose();
    await thread?.dispose();
  };
  // Only WebGPU can keep results on its device.
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

function fromOrt(tensor: ort.Tensor): Tensor {
  return { type: tensor.type, dims: tensor.dims, data: tensor.data } as Tensor;
}
