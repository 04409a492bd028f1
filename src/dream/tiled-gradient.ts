import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import { interruptionPoint } from "../interrupt.ts";
import type { Network } from "../network.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { type CompiledGraph, kindOf, useCompiled } from "./compiled-graph.ts";
import { tileGraph } from "./gradient-graph.ts";
import { objectiveFeeds } from "./objective.ts";
import type { Target } from "./targets.ts";
import { cutTile, layOutTiles, pasteTile } from "./tiles.ts";

/** The gradient of a whole picture, planar RGB, and the mean of each target's objective over its tiles. */
type TiledGradient = (
  picture: FloatTensor,
  norms: readonly number[] | undefined,
) => Promise<{ data: Float32Array; losses: number[] }>;

/** Gradients window by window; one compiled graph for each side of a window and kind of targets. */
export class TiledGradients {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<CompiledGraph<Session>>();

  constructor(network: Network, engine: Engine) {
    this.#network = network;
    this.#engine = engine;
  }

  /** What gives the gradient of pictures of one shape. The windows are moved by the jitter, so that no border stays where it is. */
  of(
    targets: readonly Target[],
    weights: readonly number[],
    shape: {
      readonly height: number;
      readonly width: number;
      /** Of a window, px. */
      readonly side: number;
      readonly jitter: number;
    },
    random: () => number,
    signal?: AbortSignal,
  ): TiledGradient {
    const { height, width, side, jitter } = shape;
    const shift = (): number => Math.floor(random() * (jitter + 1)) - (jitter >> 1);
    const dims = [1, 3, side, side];
    return ({ data }, norms) =>
      this.#use(targets, side, async ({ session, selections }) => {
        const objective = objectiveFeeds(targets, weights, selections);
        // Made anew each time: one that is kept would outlive the octave.
        const whole = new Float32Array(3 * height * width);
        const layout = layOutTiles(height, width, side, jitter, { x: shift(), y: shift() });
        const positive = targets.map((_, i) => (norms ? Math.abs(norms[i]!) + 1e-20 : 1));
        const losses = targets.map(() => 0);
        for (const tile of layout) {
          await interruptionPoint(signal);
          const window = cutTile(data, height, width, tile, side);
          const results = await session.run({
            [this.#network.input]: { type: "float32", dims, data: window },
            ...objective,
            norms: floatTensor([targets.length], positive),
          });
          pasteTile((results.gradient as FloatTensor).data, whole, height, width, tile, side);
          for (const [i, loss] of (results.losses as FloatTensor).data.entries())
            losses[i]! += loss / layout.length;
        }
        return { data: whole, losses };
      });
  }

  /**
   * Give back the memory that is kept from gradient to gradient; the next compiles anew. Only on the CPU, where that takes as
   * long as one tile.
   */
  async releaseMemory(): Promise<void> {
    if (this.#engine.name === "cpu") await this.#sessions.dispose();
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }

  #use<R>(
    targets: readonly Target[],
    side: number,
    work: (compiled: CompiledGraph<Session>) => Promise<R>,
  ): Promise<R> {
    return useCompiled(
      this.#sessions,
      [targets.map(kindOf), side],
      () => tileGraph(this.#network, targets, side, side),
      (graph) => this.#engine.load(graph),
      work,
    );
  }
}
