import type { Graph } from "../graph/graph.ts";
import { type DeviceSession, type Engine, isLarge } from "./engine.ts";
import { SessionCache } from "./session-cache.ts";

/** Graphs that work on pictures, each compiled once for a size of picture; those of large ones give their memory back. */
export class PictureGraphs {
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<DeviceSession>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What `make` makes for pictures of `height` × `width` px; `kind` tells it from other graphs of that size. */
  get(
    { height, width }: { readonly height: number; readonly width: number },
    kind: string,
    make: () => Graph,
  ): Promise<DeviceSession> {
    return this.#sessions.get(`${height}x${width} ${kind}`, () =>
      this.#engine.loadOnDevice(make(), { lean: isLarge(height, width) }),
    );
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }
}
