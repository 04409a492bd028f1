import type { Graph } from "../graph/graph.ts";
import type { Session } from "../runtime/engine.ts";
import type { SessionCache } from "../runtime/session-cache.ts";
import type { ObjectiveGraph } from "./gradient-graph.ts";
import type { Target } from "./targets.ts";

/** A compiled graph, and the shapes of its targets' values. */
export interface CompiledGraph<T> {
  readonly session: T;
  readonly shapes: readonly (readonly number[])[];
  dispose(): Promise<void>;
}

/** Run `work` with the graph of `make`, which is compiled once per `key`. */
export function useCompiled<T extends Pick<Session, "dispose">, R>(
  cache: SessionCache<CompiledGraph<T>>,
  key: readonly unknown[],
  make: () => ObjectiveGraph,
  load: (graph: Graph) => Promise<T>,
  work: (compiled: CompiledGraph<T>) => Promise<R>,
): Promise<R> {
  const compile = async (): Promise<CompiledGraph<T>> => {
    const { graph, shapes } = make();
    const session = await load(graph);
    return { session, shapes, dispose: () => session.dispose() };
  };
  return cache.use(JSON.stringify(key), compile, work);
}

/** The parts of a target that are compiled; channels, classes, positions, and guides of equal size are inputs. */
export function kindOf(target: Target): readonly (string | number)[] {
  const { region = 0 } = target;
  if (target.type === "class") return [target.type, target.value, region];
  const { type, value, guide, objective } = target;
  return [type, value, guide?.places ?? 0, objective?.type ?? "energy", region];
}
