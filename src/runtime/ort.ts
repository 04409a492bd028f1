/** onnxruntime behind the Engine interface. */
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { DreamError, messageOf } from "../errors.ts";
import type { Graph, Tensor, ValueInfo } from "../graph/graph.ts";
import { writeOnnx } from "../graph/onnx-file.ts";
import { winograd } from "../graph/winograd.ts";
import type { Engine, Session } from "./engine.ts";

/** Create an engine on one of onnxruntime's execution providers. `threads` compute at once, by default all there are. */
export function createOrtEngine(
  name: "cpu" | "webgpu" | "cuda",
  threads: number = availableParallelism(),
): Engine {
  const open = new Set<Session>();
  return {
    name,
    async load(graph, { lean = false } = {}) {
      const session = await loadSession(graph, name, { lean, threads }, () => open.delete(session));
      open.add(session);
      return session;
    },
    async dispose() {
      await Promise.all([...open].map((session) => session.dispose()));
    },
  };
}

async function loadSession(
  graph: Graph,
  provider: string,
  { lean, threads }: { readonly lean: boolean; readonly threads: number },
  onDispose: () => void,
): Promise<Session> {
  let inner: ort.InferenceSession;
  try {
    const own = provider === "cpu" ? winograd(graph) : graph;
    inner = await ort.InferenceSession.create(writeOnnx(own), {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 4,
      // Each session has threads of its own; those that wait busily take the cores from the one that runs.
      extra: { session: { force_spinning_stop: "1" } },
      // Planning memory as one block costs a tenth of the time and two fifths more memory.
      enableMemPattern: false,
      enableCpuMemArena: !lean,
    });
  } catch (cause) {
    throw new DreamError(
      "INTERNAL",
      `onnxruntime (${provider}) does not take this graph: ${messageOf(cause)}`,
      { cause },
    );
  }
  let disposed = false;
  return {
    async run(feeds) {
      for (const input of graph.inputs) checkFeed(input, feeds[input.name]);
      let results: ort.InferenceSession.OnnxValueMapType;
      try {
        results = await inner.run(
          Object.fromEntries(graph.inputs.map(({ name }) => [name, toOrt(feeds[name]!)])),
        );
      } catch (cause) {
        throw new DreamError("INTERNAL", `onnxruntime (${provider}) failed: ${messageOf(cause)}`, {
          cause,
        });
      }
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => [name, fromOrt(value as ort.Tensor)]),
      );
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      onDispose();
      await inner.release();
    },
  };
}

function checkFeed(input: ValueInfo, feed: Tensor | undefined): void {
  const fits =
    feed?.type === input.type &&
    feed.dims.length === input.dims.length &&
    input.dims.every((d, i) => typeof d === "string" || d === feed.dims[i]);
  if (fits) return;
  const given = feed ? `${feed.type} [${feed.dims.join(", ")}]` : "nothing";
  throw new DreamError(
    "SHAPE_MISMATCH",
    `input "${input.name}" wants ${input.type} [${input.dims.join(", ")}], got ${given}`,
  );
}

function toOrt(tensor: Tensor): ort.Tensor {
  return new ort.Tensor(tensor.type, tensor.data as never, tensor.dims);
}

function fromOrt(tensor: ort.Tensor): Tensor {
  return { type: tensor.type, dims: tensor.dims, data: tensor.data } as Tensor;
}
