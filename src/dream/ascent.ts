import type { Frame } from "../frame.ts";
import { type FloatTensor, floatTensor, intTensor, type Tensor } from "../graph/graph.ts";
import type { Network } from "../network.ts";
import type { Engine } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { type AscentSpec, ascentGraph, stepGraph } from "./ascent-graph.ts";
import { type ObjectiveGraph, tileGraph } from "./gradient-graph.ts";
import { gaussianKernels, tapsFor } from "./normalise-gradient.ts";
import { objectiveFeeds } from "./objective.ts";
import { type DreamSettings, sigmaAt } from "./settings.ts";
import type { Target } from "./targets.ts";
import { bytesPerPixel, dreamBytes, kernelBytes, tileSize } from "./tile-size.ts";
import { type CompiledGraph, tiledGradient } from "./tiled-gradient.ts";

/** Runs steps of gradient ascent, keeping one session per picture size and shape of step. */
export class Ascent {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #steps = new SessionCache<CompiledStep>();
  readonly #bytes = new Map<string, number>();

  constructor(network: Network, engine: Engine) {
    this.#network = network;
    this.#engine = engine;
  }

  /**
   * Dream `frame` for `count` steps. Returns the picture and the objective of each target before every
   * step. `random` gives the jitter. Pictures larger than tiles of `tile` px a side are dreamed in them; `known` are
   * objectives to balance several targets by meanwhile.
   */
  async climb(
    frame: Frame,
    targets: readonly Target[],
    weights: readonly number[],
    settings: DreamSettings,
    count: number,
    random: () => number,
    tile?: number,
    known?: readonly number[],
  ): Promise<{ frame: Frame; losses: number[][] }> {
    const { height, width } = frame;
    // A mirrored border cannot be wider than the picture it mirrors.
    const jitter = Math.max(0, Math.min(Math.round(settings.jitter), height - 1, width - 1));
    const taps = count > 0 && settings.smoothing > 0 ? widestTaps(settings, count) : 0;
    const spec: AscentSpec = {
      height,
      width,
      jitter,
      taps,
      laplacian: Math.round(settings.laplacian),
      normalise: settings.rule.normalise,
      priors: hasPriors(settings),
    };
    const fixed = {
      ...(spec.priors ? priorFeeds(settings) : {}),
      step: floatTensor([], [settings.stepSize / 255]),
    };
    const step =
      tile !== undefined && height * width > tile ** 2
        ? await this.#tiledStep(targets, weights, spec, tile, random, known)
        : await this.#wholeStep(targets, weights, spec, random);
    let picture: FloatTensor = { type: "float32", dims: [1, 3, height, width], data: frame.data };
    const losses: number[][] = [];
    for (let i = 0; i < count; i++) {
      const smoothing =
        taps > 0
          ? gaussianKernels(sigmaAt(settings, i, count), settings.rule.smoothingFactors, taps)
          : {};
      const done = await step(picture, { ...fixed, ...smoothing });
      picture = done.picture;
      losses.push(done.losses);
    }
    return { frame: { data: picture.data, height, width }, losses };
  }

  /** Release every session. */
  async dispose(): Promise<void> {
    await this.#steps.dispose();
  }

  /** Gradient and step as one graph. */
  async #wholeStep(
    targets: readonly Target[],
    weights: readonly number[],
    spec: AscentSpec,
    random: () => number,
  ): Promise<Step> {
    const { session, selections } = await this.#compiled(["whole", targets.map(kindOf), spec], () =>
      ascentGraph(this.#network, targets, spec),
    );
    const objective = objectiveFeeds(targets, weights, selections);
    return async (picture, feeds) => {
      const jitter = jitterFeeds(spec.height, spec.width, spec.jitter, random);
      const results = await session.run({ picture, ...objective, ...feeds, ...jitter });
      return readStep(results, [...(results.losses as FloatTensor).data]);
    };
  }

  /** The gradient window by window, moved by the jitter so that no border stays where it is; then the step. */
  async #tiledStep(
    targets: readonly Target[],
    weights: readonly number[],
    spec: AscentSpec,
    side: number,
    random: () => number,
    known: readonly number[] | undefined,
  ): Promise<Step> {
    const { height, width, jitter } = spec;
    const tiles = await this.#compiled(["tile", targets.map(kindOf), side], () =>
      tileGraph(this.#network, targets, side, side),
    );
    // Whole pictures at full size: what they take is not kept for the next.
    const lean = true;
    const last = await this.#compiled(
      ["step", { ...spec, jitter: 0 }],
      () => ({ graph: stepGraph(spec), selections: [] }),
      { lean },
    );
    const shape = { height, width, side, jitter };
    const gradientOf = tiledGradient(this.#network.input, tiles, targets, weights, shape, random);
    let norms = known;
    return async (picture, feeds) => {
      // Several targets are balanced by what the whole picture gives; without a step before, by a look at it.
      if (targets.length > 1 && !norms) norms = (await gradientOf(picture, norms)).losses;
      const { data, losses } = await gradientOf(picture, norms);
      norms = losses;
      const gradient: FloatTensor = { type: "float32", dims: picture.dims, data };
      return readStep(await last.session.run({ picture, gradient, ...feeds }), losses);
    };
  }

  /** Bytes that dreaming a picture of `height` × `width` px keeps. */
  memoryFor(
    targets: readonly Target[],
    settings: DreamSettings,
    height: number,
    width: number,
  ): number {
    const kernels = kernelBytes(this.#network, targets);
    return dreamBytes(settings, this.#bytesPerPixel(targets), height, width, kernels);
  }

  /** Side of the tiles for pictures of up to `height` × `width` px; undefined for none. */
  tileFor(
    targets: readonly Target[],
    { tile }: DreamSettings,
    height: number,
    width: number,
  ): number | undefined {
    return tileSize(tile, this.#bytesPerPixel(targets), height, width);
  }

  #bytesPerPixel(targets: readonly Target[]): number {
    const key = JSON.stringify(targets.map(({ value }) => value));
    const bytes = this.#bytes.get(key) ?? bytesPerPixel(this.#network, targets);
    this.#bytes.set(key, bytes);
    return bytes;
  }

  #compiled(
    key: readonly unknown[],
    make: () => ObjectiveGraph,
    options?: { readonly lean: boolean },
  ): Promise<CompiledStep> {
    return this.#steps.get(JSON.stringify(key), async () => {
      const { graph, selections } = make();
      const session = await this.#engine.load(graph, options);
      return { session, selections, dispose: () => session.dispose() };
    });
  }
}

/** One step: a picture and what a graph takes beside it, to the next picture and the objectives before it. */
type Step = (
  picture: FloatTensor,
  feeds: Readonly<Record<string, Tensor>>,
) => Promise<{ picture: FloatTensor; losses: number[] }>;

interface CompiledStep extends CompiledGraph {
  dispose(): Promise<void>;
}

function readStep(
  results: Readonly<Record<string, Tensor>>,
  losses: number[],
): { picture: FloatTensor; losses: number[] } {
  return { picture: results.result as FloatTensor, losses };
}

/** What of a target is compiled in; channels, classes and guides of equal size are not. */
function kindOf(target: Target): readonly (string | number)[] {
  return [target.type, target.value, (target.type === "layer" && target.guide?.places) || 0];
}

function hasPriors({ totalVariation, l2 }: DreamSettings): boolean {
  return totalVariation > 0 || l2 > 0;
}

function priorFeeds({ totalVariation, l2 }: DreamSettings): Record<string, FloatTensor> {
  return { totalVariation: floatTensor([], [totalVariation]), l2: floatTensor([], [l2]) };
}

/** Place the picture at a random offset inside its mirrored border of `jitter` px in total. */
function jitterFeeds(
  height: number,
  width: number,
  jitter: number,
  random: () => number,
): Record<string, Tensor> {
  if (jitter === 0) return {};
  const y = Math.floor(random() * (jitter + 1));
  const x = Math.floor(random() * (jitter + 1));
  return {
    pads: intTensor([0, 0, y, x, 0, 0, jitter - y, jitter - x]),
    corner: intTensor([y, x]),
    opposite: intTensor([y + height, x + width]),
  };
}

function widestTaps(settings: DreamSettings, count: number): number {
  return tapsFor(sigmaAt(settings, count - 1, count) * Math.max(...settings.rule.smoothingFactors));
}
