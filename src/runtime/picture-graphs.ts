import type { Graph } from "../graph/graph.ts";
import { type DeviceSession, type Engine, isLarge } from "./engine.ts";
import { SessionCache } from "./session-cache.ts";

/**
 * Graphs that process pictures, compiled once per picture size. Those for large pictures release their memory after
 * each run.
 */
export class PictureGraphs {
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<DeviceSession>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * The session for the graph that `make` builds for pictures of `height` × `width` px. `kind` distinguishes graphs
   * of the same size.
   */
  async get(
    { height, width }: { readonly height: number; readonly width: number },
    kind: string,
    make: () => Graph,
  ): Promise<Pick<DeviceSession, "run">> {
    const load = (): Promise<DeviceSession> =>
      this.#engine.loadOnDevice(make(), { releaseAfterRun: isLarge(height, width) });
    const key = `${height}x${width} ${kind}`;
    return {
      run: (scope, feeds) => this.#sessions.use(key, load, (session) => session.run(scope, feeds)),
    };
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }
}
