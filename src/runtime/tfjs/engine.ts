/** The Engine interface implemented with TensorFlow.js. */
import type { DataType } from "@tensorflow/tfjs-core";
import type { ElementType, Graph, Tensor } from "../../graph/graph.ts";
import { loweredOps } from "../../graph/passes/lower.ts";
import { specialise } from "../../graph/passes/specialise.ts";
import { checkFeed } from "../check-feed.ts";
import type { Engine, Session } from "../engine.ts";
import { onHost, toHost } from "../host-tensor.ts";
import { disposeResident, interpret, makeResident, type Resident } from "./interpret.ts";
import { loadTfjs, type Tfjs, type TfjsBackend } from "./load.ts";
import { unsupported } from "./op.ts";
import { tfjsOps } from "./ops.ts";
import { Value } from "./value.ts";

/**
 * Create an engine on the fastest available backend of TensorFlow.js, or on `backend`. Throws the errors of
 * `loadTfjs`.
 */
export async function createTfjsEngine(backend?: TfjsBackend): Promise<Engine> {
  const loaded = await loadTfjs(backend);
  const open = new Set<Session>();
  const load = async (graph: Graph): Promise<Session> => {
    const session = makeSession(loaded.tf, graph, () => open.delete(session));
    open.add(session);
    return session;
  };
  return {
    name: "tfjs",
    backend: loaded.backend,
    load,
    ...onHost(load),
    async dispose() {
      await Promise.all([...open].map((session) => session.dispose()));
    },
  };
}

/** A graph in ops that this engine supports, with the values that it keeps on the device. */
interface Program {
  readonly graph: Graph;
  readonly resident: Resident;
}

function makeSession(tf: Tfjs, graph: Graph, onDispose: () => void): Session {
  for (const node of graph.nodes)
    if (!tfjsOps[node.op] && !loweredOps.has(node.op)) throw unsupported(node);
  // Composite ops are lowered for the current sizes.
  const composite = graph.nodes.some((node) => loweredOps.has(node.op));
  const programs = new Map<string, Program>();
  const programFor = (feeds: Readonly<Record<string, Tensor>>): Program => {
    const dims = Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!.dims]));
    const key = composite ? JSON.stringify(dims) : "";
    const known = programs.get(key);
    if (known) return known;
    const own = composite ? specialise(graph, dims).graph : graph;
    const program = { graph: own, resident: makeResident(tf, own) };
    programs.set(key, program);
    return program;
  };
  let disposed = false;
  return {
    async run(given) {
      for (const input of graph.inputs) checkFeed(input, given[input.name]);
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name }) => [name, toHost(given[name]!)]),
      );
      const program = programFor(feeds);
      const values = new Map(
        graph.inputs.map(({ name }) => [name, Value.ofHost(tf, feeds[name]!)]),
      );
      const results = interpret(program.graph, program.resident, values);
      const tensors = await Promise.all(
        graph.outputs.map(async ({ name, type }) => [
          name,
          await download(results.get(name)!, type),
        ]),
      );
      for (const value of values.values()) value.dispose();
      for (const [name, value] of results)
        if (!program.graph.initializers.has(name)) value.dispose();
      return Object.fromEntries(tensors) as Record<string, Tensor>;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      for (const { resident } of programs.values()) disposeResident(resident);
      onDispose();
    },
  };
}

/** A copy of the value on the host, in the type that the graph declares. */
async function download(value: Value, type: ElementType): Promise<Tensor> {
  const { plain, dims } = value;
  const data = await plain.data();
  const from: DataType = plain.dtype;
  if (type === "int64") return { type, dims, data: BigInt64Array.from(data, BigInt) };
  if (from === "float32") return { type: "float32", dims, data: Float32Array.from(data) };
  if (from === "int32") return { type: "int32", dims, data: Int32Array.from(data) };
  return { type: "bool", dims, data: Uint8Array.from(data) };
}
