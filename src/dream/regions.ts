/** Regions of a picture with dreams of their own: the share of each region in each pixel, and its step sizes. */
import { DreamError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor, type Graph } from "../graph/graph.ts";
import { addLight } from "../graph/light.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import type { Resizer } from "./resize.ts";
import { type DreamSettings, ownIterationsAt, type RegionSettings } from "./settings.ts";

/** An active region with its number and its matte at full size. */
export interface ActiveRegion {
  /** From 1. */
  readonly number: number;
  readonly matte: DeviceTensor;
  readonly settings: RegionSettings;
}

/** Computes the shares of regions. Keeps one compiled graph per picture size and number of regions. */
export class RegionShares {
  readonly #engine: Engine;
  readonly #resizer: Resizer;
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine, resizer: Resizer) {
    this.#engine = engine;
    this.#resizer = resizer;
    this.#graphs = new PictureGraphs(engine);
  }

  /** The regions of `settings` with a strength above 0, with mattes on the device. Throws `USAGE` without a matte. */
  async upload(scope: Scope, { regions = [] }: DreamSettings): Promise<ActiveRegion[]> {
    const active: ActiveRegion[] = [];
    for (const [i, settings] of regions.entries()) {
      if (settings.strength === 0) continue;
      if (!settings.matte) throw new DreamError("USAGE", `region ${i + 1} has no matte`);
      const matte = await uploadFrame(this.#engine, scope, settings.matte);
      active.push({ number: i + 1, matte, settings });
    }
    return active;
  }

  /**
   * The share of each region, by number, in each pixel of a picture of `height` × `width` px, `[1, 1, H, W]`, 0..1: the
   * brightness of its matte times its strength. Shares whose sum exceeds 1 are divided by it; number 0 is the rest.
   */
  async at(
    scope: Scope,
    regions: readonly ActiveRegion[],
    height: number,
    width: number,
  ): Promise<ReadonlyMap<number, DeviceTensor>> {
    const shares = new Map<number, DeviceTensor>();
    if (regions.length === 0) return shares;
    const session = await this.#graphs.get({ height, width }, `${regions.length}`, () =>
      sharesGraph(regions.length, height, width),
    );
    await scoped(async (inner) => {
      const feeds: Record<string, DeviceTensor | FloatTensor> = {};
      for (const [i, { matte, settings }] of regions.entries()) {
        const { invert, strength } = settings;
        feeds[`matte_${i}`] = await this.#resizer.resize(inner, matte, height, width);
        feeds[`slope_${i}`] = floatTensor([], [invert ? -strength : strength]);
        feeds[`offset_${i}`] = floatTensor([], [invert ? strength : 0]);
      }
      const results = await session.run(scope, feeds);
      shares.set(0, results.rest!);
      for (const [i, { number }] of regions.entries()) shares.set(number, results[`share_${i}`]!);
    });
    return shares;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

/** Inputs `matte_i` `[1, 3, H, W]`, `slope_i` and `offset_i` `[]`; outputs `share_i` and `rest` `[1, 1, H, W]`. */
function sharesGraph(count: number, height: number, width: number): Graph {
  const b = new GraphBuilder();
  const [zero, one] = [b.scalar(0), b.scalar(1)];
  const wanted = Array.from({ length: count }, (_, i) => {
    const light = addLight(b, b.input(`matte_${i}`, [1, 3, height, width]));
    const scaled = b.op("Mul", [light, b.input(`slope_${i}`, [])]);
    // Bicubic resizing overshoots at edges.
    return b.op("Clip", [b.op("Add", [scaled, b.input(`offset_${i}`, [])]), zero, one]);
  });
  const total = wanted.reduce((sum, share) => b.op("Add", [sum, share]));
  const over = b.op("Max", [total, one]);
  for (const [i, share] of wanted.entries()) {
    b.opNamed("Div", [share, over], {}, `share_${i}`);
    b.output(`share_${i}`, [1, 1, height, width]);
  }
  b.opNamed("Sub", [one, b.op("Div", [total, over])], {}, "rest");
  b.output("rest", [1, 1, height, width]);
  return b.build();
}

/** The inputs `share_r` of `addPull`. */
export function shareFeeds(
  regions: readonly number[],
  shares: ReadonlyMap<number, DeviceTensor> = new Map(),
): Record<string, DeviceTensor> {
  if (shares.size === 0) return {};
  return Object.fromEntries(regions.map((region) => [`share_${region}`, shares.get(region)!]));
}

/** The inputs `step_r` of `addPull` at step `i` of an octave; 0 after a region's last step. */
export function stepFeeds(
  { stepSize, iterations, regions: own = [] }: DreamSettings,
  regions: readonly number[],
  octave: number,
  i: number,
): Record<string, FloatTensor> {
  const feeds = regions.map((region) => {
    const given = own[region - 1];
    const isDone = i >= ownIterationsAt(given?.iterations ?? iterations, octave);
    const length = isDone ? 0 : (given?.stepSize ?? stepSize) / 255;
    return [`step_${region}`, floatTensor([], [length])];
  });
  return Object.fromEntries(feeds);
}
