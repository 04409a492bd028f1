import type { Graph } from "../../graph/graph.ts";
import type { Engine, LoadOptions } from "../engine.ts";

/**
 * `engine` for one of several users: disposing this view disposes the graphs compiled through it and leaves the
 * engine running. On a GPU, one engine is one device; runs take turns on it.
 */
export function shareEngine(engine: Engine): Engine {
  const open = new Set<Disposable>();
  const track = async <T extends Disposable>(loading: Promise<T>): Promise<T> => {
    const session = await loading;
    open.add(session);
    return {
      ...session,
      dispose: async () => {
        open.delete(session);
        await session.dispose();
      },
    };
  };
  return {
    name: engine.name,
    load: (graph: Graph, options?: LoadOptions) => track(engine.load(graph, options)),
    loadOnDevice: (graph, options) => track(engine.loadOnDevice(graph, options)),
    upload: (scope, dims, data) => engine.upload(scope, dims, data),
    get openTensors() {
      return engine.openTensors;
    },
    async dispose() {
      for (const session of [...open]) await session.dispose();
      open.clear();
    },
  };
}

interface Disposable {
  dispose(): Promise<void>;
}
