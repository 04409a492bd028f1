import { DreamError } from "../errors.ts";
import type { Network } from "../network.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { collectGarbage } from "../runtime/garbage.ts";
import { sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import type { Ascent } from "./ascent.ts";
import { isCaricature } from "./gradient-graph.ts";
import { GuideReader } from "./guide.ts";
import { octaveSizes } from "./octaves.ts";
import { createRandom } from "./random.ts";
import { RegionShares } from "./regions.ts";
import type { DreamedOctave, Resizer } from "./resize.ts";
import { type DreamSettings, iterationsAt } from "./settings.ts";
import { activeTargets } from "./target-groups.ts";
import type { WeightedTargets } from "./targets.ts";

/** A picture to dream on, on the device. */
export interface DreamRequest {
  /** `[1, 3, H, W]` */
  readonly picture: DeviceTensor;
  readonly settings: DreamSettings;
  /** The targets of `settings`. */
  readonly named: WeightedTargets;
  /** Side of the tiles for larger pictures, px. All octaves share their compiled graph. */
  readonly tile: number | undefined;
  /** Seed of the jitter, together with `stream`. */
  readonly seed: number;
  readonly stream: number;
  readonly signal?: AbortSignal | undefined;
  readonly onOctave?: OnOctave | undefined;
}

/** Told after every octave but the last, from 0: its picture, enlarged to full size and valid until it returns. */
export type OnOctave = (picture: DeviceTensor, octave: number, octaves: number) => Promise<void>;

/** Dreams pictures over octaves from small to large. */
export class OctaveDream {
  readonly #engine: Engine;
  readonly #ascent: Ascent;
  readonly #resizer: Resizer;
  readonly #guides: GuideReader;
  readonly #shares: RegionShares;

  constructor(network: Network, engine: Engine, ascent: Ascent, resizer: Resizer) {
    this.#engine = engine;
    this.#ascent = ascent;
    this.#resizer = resizer;
    this.#guides = new GuideReader(network, engine, resizer);
    this.#shares = new RegionShares(engine, resizer);
  }

  /**
   * The dreamed picture, and the objectives of each octave before each step. Tensors that belong to `scope`, including
   * `picture`, are disposed as soon as possible.
   */
  async dream(
    scope: Scope,
    { picture, settings, named, tile, seed, stream, signal, onOctave }: DreamRequest,
  ): Promise<{ picture: DeviceTensor; losses: (readonly DeviceTensor[])[] }> {
    const plain = activeTargets(named, settings);
    const { targets, weights } = await this.#guides.guided(plain, settings);
    const random = createRandom(seed, stream);
    const full = sizeOf(picture);
    const losses: (readonly DeviceTensor[])[] = [];
    let previous: DreamedOctave | undefined;
    const whole = targets.some(isCaricature) ? await this.#sourceOf(scope, settings) : undefined;
    const regions = await this.#shares.upload(scope, settings);
    const sizes = octaveSizes(full.height, full.width, settings);
    for (const size of sizes) {
      const { height, width, index } = size;
      const isLast = size === sizes.at(-1);
      collectGarbage(height, width);
      const base = await this.#resizer.resize(scope, picture, height, width);
      const start = previous
        ? await this.#resizer.carry(scope, base, previous, settings.rule)
        : base;
      for (const tensor of previous ? [previous.start, previous.dreamed] : [])
        if (tensor !== picture) scope.drop(tensor);
      if (isLast && start !== base) scope.drop(base);
      const source = whole && (await this.#resizer.resize(scope, whole, height, width));
      const shares = await this.#shares.at(scope, regions, height, width);
      const ascended = await this.#ascent.ascend(scope, {
        start,
        targets,
        source,
        weights,
        settings,
        count: iterationsAt(settings, index),
        octave: index,
        shares,
        random,
        tile,
        known: losses.at(-1)?.at(-1),
        releaseStart: isLast || start !== base,
        signal,
      });
      if (source && source !== whole) scope.drop(source);
      for (const share of shares.values()) scope.drop(share);
      losses.push(ascended.losses);
      previous = { start: base, dreamed: ascended.picture };
      if (onOctave && !isLast) {
        await scoped(async (own) => {
          const { picture: dreamed } = ascended;
          const enlarged = await this.#resizer.resize(own, dreamed, full.height, full.width);
          await onOctave(enlarged, sizes.indexOf(size), sizes.length);
        });
      }
    }
    return { picture: previous?.dreamed ?? picture, losses };
  }

  async dispose(): Promise<void> {
    await this.#guides.dispose();
    await this.#shares.dispose();
  }

  /** The picture that caricatures exaggerate. */
  #sourceOf(scope: Scope, { source }: DreamSettings): Promise<DeviceTensor> {
    if (source) return uploadFrame(this.#engine, scope, source);
    throw new DreamError("USAGE", "a caricature needs the picture that it exaggerates", {
      hint: "Set source to a frame of the dreamed picture's size.",
    });
  }
}
