import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import type { Session } from "../runtime/engine.ts";
import { objectiveFeeds } from "./objective.ts";
import type { Target } from "./targets.ts";
import { cutTile, layOutTiles, pasteTile } from "./tiles.ts";

/** A graph ready to run, and what its inputs for the objective look like. */
export interface CompiledGraph<T = Session> {
  readonly session: T;
  readonly selections: readonly (readonly number[])[];
}

/** The gradient of a whole picture, planar RGB, and the mean of each target's objective over its tiles. */
export type TiledGradient = (
  picture: FloatTensor,
  norms: readonly number[] | undefined,
) => Promise<{ data: Float32Array; losses: number[] }>;

/**
 * Gradients window by window, by a session of `tileGraph`. The windows are moved by the jitter, so that no border stays
 * where it is.
 */
export function tiledGradient(
  input: string,
  { session, selections }: CompiledGraph,
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
): TiledGradient {
  const { height, width, side, jitter } = shape;
  const objective = objectiveFeeds(targets, weights, selections);
  const dims = [1, 3, side, side];
  const shift = (): number => Math.floor(random() * (jitter + 1)) - (jitter >> 1);
  return async ({ data }, norms) => {
    // Made anew each time: one that is kept would outlive the octave.
    const whole = new Float32Array(3 * height * width);
    const layout = layOutTiles(height, width, side, jitter, { x: shift(), y: shift() });
    const positive = targets.map((_, i) => (norms ? Math.abs(norms[i]!) + 1e-20 : 1));
    const losses = targets.map(() => 0);
    for (const tile of layout) {
      const window = cutTile(data, height, width, tile, side);
      const results = await session.run({
        [input]: { type: "float32", dims, data: window },
        ...objective,
        norms: floatTensor([targets.length], positive),
      });
      pasteTile((results.gradient as FloatTensor).data, whole, height, width, tile, side);
      for (const [i, loss] of (results.losses as FloatTensor).data.entries())
        losses[i]! += loss / layout.length;
    }
    return { data: whole, losses };
  };
}
