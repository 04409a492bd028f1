import type { Network } from "../network.ts";
import { maxSessions } from "../runtime/session-cache.ts";
import { kindOf } from "./compiled-graph.ts";
import { isCaricature } from "./gradient-graph.ts";
import type { DreamSettings } from "./settings.ts";
import { activeTargets, groupTargets } from "./target-groups.ts";
import type { Target, WeightedTargets } from "./targets.ts";
import {
  bytesPerPixel,
  compiledParts,
  dreamBytes,
  fieldOf,
  type KernelBytes,
  kernelBytes,
  type TileNeeds,
  tileSize,
} from "./tile-size.ts";

/** A layer or class, and its receptive field, px. */
interface TooWide {
  readonly layer: string;
  readonly field: number;
}

/** Predicts what dreams need: tiles and memory. */
export class DreamNeeds {
  readonly #network: Network;
  readonly #targets: (settings: DreamSettings) => WeightedTargets;
  readonly #tiles = new Map<string, TileNeeds>();
  readonly #kernels = new Map<string, KernelBytes>();

  /** `targets` resolves the targets of settings. */
  constructor(network: Network, targets: (settings: DreamSettings) => WeightedTargets) {
    this.#network = network;
    this.#targets = targets;
  }

  /** Side of the tiles for pictures of up to `height` × `width` px, px; undefined for no tiles. */
  tileFor(settings: DreamSettings, height: number, width: number): number | undefined {
    // Targets of weight 0 count, so that the tiles stay the same while weights change.
    const { targets } = this.#targets(settings);
    return tileSize(settings.tile, this.#needsOf(targets), height, width);
  }

  /** `tileFor` for pictures of exactly this size; also undefined if one tile covers the whole picture. */
  tileUsed(settings: DreamSettings, height: number, width: number): number | undefined {
    const side = this.tileFor(settings, height, width);
    return side !== undefined && height * width > side ** 2 ? side : undefined;
  }

  /**
   * The layer with the largest receptive field, if the settings give a tile size that is smaller and pictures of
   * `height` × `width` px are dreamed in tiles.
   */
  cutOff(settings: DreamSettings, height: number, width: number): TooWide | undefined {
    const side = this.tileUsed(settings, height, width);
    if (side === undefined || typeof settings.tile !== "number") return undefined;
    const wide = this.#targets(settings)
      .targets.map((target) => ({ layer: target.key, field: fieldOf(this.#network, [target]) }))
      .sort((a, b) => b.field - a.field)[0];
    return wide && wide.field > side ? wide : undefined;
  }

  /**
   * Bytes of memory, weights included, for dreams of pictures of `height` × `width` px with each of `dreams` in turn.
   * `worker`: whether a worker thread computes, where sessions do not share kernels. `max`: number of graphs that are kept.
   */
  memoryFor(
    dreams: readonly DreamSettings[],
    height: number,
    width: number,
    {
      worker = false,
      max = maxSessions,
    }: { readonly worker?: boolean; readonly max?: number | undefined } = {},
  ): number {
    const kernels = new Map<string, number>();
    const parts = dreams.flatMap((settings) => {
      const { targets } = activeTargets(this.#targets(settings), settings);
      const kind = JSON.stringify(targets.map(kindOf));
      const tile = this.tileFor(settings, height, width) ?? "off";
      const held = this.#kernelsOf(kind, targets);
      if (!worker) kernels.set(kind, held.shared);
      const own = worker ? held.own + held.shared : held.own;
      return compiledParts({ ...settings, tile }, this.#needsOf(targets), own, kind, height, width);
    });
    let weights = 0;
    for (const { data } of this.#network.graph.initializers.values()) weights += data.byteLength;
    const shared = [...kernels.values()].reduce((a, b) => a + b, 0);
    return 2 * weights + shared + dreamBytes(parts, max);
  }

  #needsOf(targets: readonly Target[]): TileNeeds {
    const key = JSON.stringify([
      groupTargets(targets).length,
      targets.map((target) => [target.value, isCaricature(target)]),
    ]);
    const needs = this.#tiles.get(key) ?? {
      bytes: bytesPerPixel(this.#network, targets),
      field: fieldOf(this.#network, targets),
    };
    this.#tiles.set(key, needs);
    return needs;
  }

  #kernelsOf(kind: string, targets: readonly Target[]): KernelBytes {
    const held = this.#kernels.get(kind) ?? kernelBytes(this.#network, targets);
    this.#kernels.set(kind, held);
    return held;
  }
}
