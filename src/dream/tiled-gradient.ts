import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import { interruptionPoint } from "../interrupt.ts";
import type { Network } from "../network.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { type CompiledGraph, kindOf, useCompiled } from "./compiled-graph.ts";
import { tileGraph } from "./gradient-graph.ts";
import { pixelAt } from "./layer-objective.ts";
import { objectiveFeeds, placeFeeds } from "./objective.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";
import { cutTile, layOutTiles, pasteTile, type Tile } from "./tiles.ts";

/** The gradient of a whole picture, planar RGB, for each group of targets; and the mean of each target's objective over the tiles. */
type TiledGradient = (
  picture: FloatTensor,
  norms: readonly number[] | undefined,
  /** The source, planar RGB, if a target is a caricature. */
  source?: Float32Array,
  /** The targets with the positions of their neurons at this step. */
  placed?: readonly Target[],
) => Promise<{ gradients: Float32Array[]; losses: number[] }>;

/** Computes gradients in tiles. Keeps one compiled graph per size of a window and kind of targets. */
export class TiledGradients {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<CompiledGraph<Session>>();

  constructor(network: Network, engine: Engine) {
    this.#network = network;
    this.#engine = engine;
  }

  /** A function for the gradient of pictures of one shape. The jitter moves the windows, so that no border stays in place. */
  of(
    targets: readonly Target[],
    weights: readonly number[],
    shape: {
      readonly height: number;
      readonly width: number;
      /** Side of a window, px. */
      readonly side: number;
      readonly jitter: number;
    },
    random: () => number,
    signal?: AbortSignal,
  ): TiledGradient {
    const { height, width, side, jitter } = shape;
    const shift = (): number => Math.floor(random() * (jitter + 1)) - (jitter >> 1);
    const dims = [1, 3, side, side];
    return ({ data }, norms, source, placed = targets) =>
      this.#use(targets, side, async ({ session, shapes }) => {
        const objective = objectiveFeeds(targets, weights, shapes);
        // Not kept between calls, because it would outlive the octave.
        const gradients = groupTargets(targets).map(() => new Float32Array(3 * height * width));
        const layout = layOutTiles(height, width, side, jitter, { x: shift(), y: shift() });
        const positive = targets.map((_, i) => (norms ? Math.abs(norms[i]!) + 1e-20 : 1));
        const losses = targets.map(() => 0);
        for (const tile of layout) {
          await interruptionPoint(signal);
          const cut = (picture: Float32Array): FloatTensor => ({
            type: "float32",
            dims,
            data: cutTile(picture, height, width, tile, side),
          });
          const seen = { seenHeight: side, seenWidth: side };
          const view = { x: -tile.x, y: -tile.y, height, width, ...seen };
          const results = await session.run({
            [this.#network.input]: cut(data),
            ...(source ? { source: cut(source) } : {}),
            ...objective,
            ...placeFeeds(placed, shapes, view),
            norms: floatTensor([targets.length], positive),
          });
          for (const [g, whole] of gradients.entries()) {
            const { data: own } = results[`gradient_${g}`] as FloatTensor;
            pasteTile(own, whole, height, width, tile, side);
          }
          for (const [i, loss] of (results.losses as FloatTensor).data.entries())
            if (counts(placed[i]!, tile, height, width)) losses[i]! += loss / layout.length;
        }
        return { gradients, losses };
      });
  }

  /**
   * Release the memory that is kept between gradients; the next gradient compiles again. Has an effect only on the CPU, where
   * compilation takes as long as one tile.
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

/** Whether a tile's objective counts. Several windows may show a neuron, but only the tile that owns its pixel counts it. */
function counts(target: Target, tile: Tile, height: number, width: number): boolean {
  if (target.type !== "layer" || target.objective?.type !== "neuron") return true;
  const x = pixelAt(target.objective.at[0], width);
  const y = pixelAt(target.objective.at[1], height);
  return x >= tile.left && x < tile.right && y >= tile.top && y < tile.bottom;
}
