import { type FloatTensor, floatTensor, type Graph } from "../graph/graph.ts";
import { interruptionPoint } from "../interrupt.ts";
import type { Network } from "../network.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { DeviceSession, Engine, Feed } from "../runtime/engine.ts";
import { collectGarbage } from "../runtime/garbage.ts";
import { engineFor } from "../runtime/ort/network-engine.ts";
import { sizeOf } from "../runtime/pictures.ts";
import type { Scope } from "../runtime/scope.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import {
  type AscentSpec,
  ascentGraph,
  ascentSpec,
  stepGraph,
  turnedGraph,
} from "./ascent-graph.ts";
import { type CompiledGraph, kindOf, useCompiled } from "./compiled-graph.ts";
import type { ObjectiveGraph } from "./gradient-graph.ts";
import { jitterFeeds, offsets, viewOf } from "./jitter.ts";
import { regionsOf, sharesRegion } from "./mix-gradients.ts";
import { gaussianKernels } from "./normalise-gradient.ts";
import { objectiveFeeds, placeFeeds } from "./objective.ts";
import { drawTurn, turnFeeds, turnPlaces } from "./random-turn.ts";
import { shareFeeds, stepFeeds } from "./regions.ts";
import { type DreamSettings, sigmaAt } from "./settings.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";
import { TiledGradients } from "./tiled-gradient.ts";

/** A picture after its steps, and the objective of each target, `[T]`, before each step. */
export interface AscentResult {
  readonly picture: DeviceTensor;
  readonly losses: readonly DeviceTensor[];
}

/** A request for gradient ascent. */
export interface AscentRequest {
  /** `[1, 3, H, W]` */
  readonly start: DeviceTensor;
  readonly targets: readonly Target[];
  /** The source `[1, 3, H, W]`, if a target is a caricature. */
  readonly source?: DeviceTensor | undefined;
  /** `[T]`, one per target. */
  readonly weights: readonly number[];
  readonly settings: DreamSettings;
  /** Number of steps. */
  readonly count: number;
  /** Index of the octave in `iterations`. */
  readonly octave: number;
  /** The share of each pixel that each region takes, `[1, 1, H, W]`, 0..1, by region; 0 is the rest of the picture. */
  readonly shares?: ReadonlyMap<number, DeviceTensor>;
  /** Random numbers 0..1 for the jitter. */
  readonly random: () => number;
  /** Side of the tiles for larger pictures, px; undefined for no tiles. */
  readonly tile?: number | undefined;
  /** Objectives `[T]` that balance several targets in tiles at the first step. */
  readonly known?: DeviceTensor | undefined;
  /** Dispose `start` after the first step if it belongs to the scope. */
  readonly releaseStart?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Pixels above which the tiles' graph is released during the step, because the step's pictures need the memory. */
export const maxBesideTiles = 4_000_000;

/** Runs steps of gradient ascent, keeping one session per picture size and shape of step. */
export class Ascent {
  readonly #network: Network;
  readonly #engine: Engine;
  /** The engine for graphs that contain the network; it reports failures with the network's name. */
  readonly #own: Engine;
  readonly #steps = new SessionCache<CompiledGraph<DeviceSession>>();
  readonly #tiles: TiledGradients;
  readonly #onStep: () => void;

  /** `onStep` is called after every step. */
  constructor(network: Network, engine: Engine, onStep: () => void) {
    this.#onStep = onStep;
    this.#network = network;
    this.#engine = engine;
    this.#own = engineFor(network.name, engine);
    this.#tiles = new TiledGradients(network, this.#own);
  }

  /** Run `count` steps of gradient ascent. Throws `INTERRUPTED` between steps and between tiles. */
  async ascend(scope: Scope, request: AscentRequest): Promise<AscentResult> {
    const { start, settings, count, octave, tile, releaseStart = false, signal } = request;
    const { height, width } = sizeOf(start);
    const spec = ascentSpec(settings, height, width, count);
    const { taps } = spec;
    const regions = regionsOf(request.targets);
    const fixed = {
      ...(spec.priors ? priorFeeds(settings) : {}),
      ...shareFeeds(regions, request.shares),
    };
    const steps = async (step: Step): Promise<AscentResult> => {
      let picture = start;
      const losses: DeviceTensor[] = [];
      for (let i = 0; i < count; i++) {
        await interruptionPoint(signal);
        const smoothing =
          taps > 0
            ? gaussianKernels(sigmaAt(settings, i, count), settings.rule.smoothingFactors, taps)
            : {};
        const lengths = stepFeeds(settings, regions, octave, i);
        const done = await step(scope, picture, { ...fixed, ...smoothing, ...lengths });
        if (i > 0 || releaseStart) scope.drop(picture);
        picture = done.picture;
        losses.push(done.losses);
        this.#onStep();
      }
      return { picture, losses };
    };
    return tile !== undefined && height * width > tile ** 2
      ? this.#byTiledSteps(request, spec, tile, steps)
      : this.#byWholeSteps(scope, request, spec, steps);
  }

  /** Keep the compiled graphs of at most `max` octaves. */
  limitGraphs(max: number): void {
    this.#steps.limit(max);
  }

  /** Release every session. */
  async dispose(): Promise<void> {
    await this.#steps.dispose();
    await this.#tiles.dispose();
  }

  /** Run `steps` with gradient and step in one graph. */
  #byWholeSteps(
    scope: Scope,
    { targets, weights, settings, random, source }: AscentRequest,
    spec: AscentSpec,
    steps: (step: Step) => Promise<AscentResult>,
  ): Promise<AscentResult> {
    const key = ["whole", targets.map(kindOf), spec];
    const make = (): ObjectiveGraph => ascentGraph(this.#network, targets, spec);
    const load = (graph: Graph): Promise<DeviceSession> => this.#own.loadOnDevice(graph);
    return useCompiled(this.#steps, key, make, load, async ({ session, shapes }) => {
      const objective: Record<string, DeviceTensor> = {};
      for (const [name, feed] of Object.entries(objectiveFeeds(targets, weights, shapes)))
        objective[name] = await this.#engine.upload(scope, feed.dims, feed.data);
      const nextOffset = offsets(spec.jitter, random);
      return steps(async (inner, picture, feeds) => {
        const offset = nextOffset();
        const turn = spec.turns ? drawTurn(settings, random) : undefined;
        const placed = turn ? turnPlaces(targets, turn, spec) : targets;
        const results = await session.run(inner, {
          picture,
          ...(source && { source }),
          ...objective,
          ...placeFeeds(placed, shapes, viewOf(spec, offset)),
          ...feeds,
          ...(turn ? turnFeeds(turn, viewOf(spec, offset)) : jitterFeeds(spec, offset)),
        });
        return { picture: results.result!, losses: results.losses! };
      });
    });
  }

  /**
   * Run `steps` with a tiled gradient. The jitter moves the tiles, so that no border stays in place. Tiles are cut and
   * joined in the program's memory, which costs much less than the gradients.
   */
  #byTiledSteps(
    { targets, weights, settings, random, known, source, signal }: AscentRequest,
    spec: AscentSpec,
    side: number,
    steps: (step: Step) => Promise<AscentResult>,
  ): Promise<AscentResult> {
    const { height, width, jitter } = spec;
    const key = ["step", groupTargets(targets), { ...spec, jitter: 0 }];
    const make = (): ObjectiveGraph => ({ graph: stepGraph(targets, spec), shapes: [] });
    // Steps work on whole pictures, so their memory is released after each run.
    const load = (graph: Graph): Promise<DeviceSession> =>
      this.#engine.loadOnDevice(graph, { releaseAfterRun: true });
    return useCompiled(this.#steps, key, make, load, async ({ session }) => {
      const shape = { height, width, side, jitter };
      const gradientOf = this.#tiles.of(targets, weights, shape, random, signal);
      const kept = await source?.read();
      let norms = targets.length > 1 && known ? [...(await known.read())] : undefined;
      return steps(async (scope, picture, feeds) => {
        const { dims } = picture;
        const turn = spec.turns ? drawTurn(settings, random) : undefined;
        const still = { height, width, x: 0, y: 0 };
        const maps = turn && turnFeeds(turn, still);
        const view = async (shown: DeviceTensor): Promise<Float32Array> =>
          maps ? this.#turned(scope, spec, shown, maps.seenFrom) : shown.read();
        const compared = source && maps ? await view(source) : kept;
        const placed = turn ? turnPlaces(targets, turn, spec) : targets;
        const values: FloatTensor = { type: "float32", dims, data: await view(picture) };
        // Several targets are balanced by their objectives on the whole picture; the first step computes them
        // separately.
        if (targets.length > 1 && !norms)
          norms = (await gradientOf(values, norms, compared, placed)).losses;
        const { gradients, losses } = await gradientOf(values, norms, compared, placed);
        norms = losses;
        if (height * width > maxBesideTiles) await this.#tiles.releaseMemory();
        collectGarbage(height, width);
        const from: Record<string, Feed> = maps ? { gradientFrom: maps.gradientFrom } : {};
        for (const [g, data] of gradients.entries())
          from[`gradient_${g}`] = { type: "float32", dims, data };
        if (sharesRegion(targets)) from.weights = floatTensor([weights.length], weights);
        const results = await session.run(scope, { picture, ...feeds, ...from });
        const objectives = await this.#engine.upload(
          scope,
          [losses.length],
          Float32Array.from(losses),
        );
        return { picture: results.result!, losses: objectives };
      });
    });
  }

  /** Scale and rotate a picture before it is cut into tiles. */
  async #turned(
    scope: Scope,
    spec: AscentSpec,
    picture: DeviceTensor,
    seenFrom: FloatTensor,
  ): Promise<Float32Array> {
    const key = ["turned", spec.height, spec.width];
    const make = (): ObjectiveGraph => ({ graph: turnedGraph(spec), shapes: [] });
    const load = (graph: Graph): Promise<DeviceSession> => this.#engine.loadOnDevice(graph);
    return useCompiled(this.#steps, key, make, load, async ({ session }) => {
      const { seen } = await session.run(scope, { picture, seenFrom });
      const data = await seen!.read();
      scope.drop(seen!);
      return data;
    });
  }
}

/** One step from a picture, with the other inputs of the graph, to the next picture and the objectives before the step. */
type Step = (
  scope: Scope,
  picture: DeviceTensor,
  feeds: Readonly<Record<string, Feed>>,
) => Promise<{ picture: DeviceTensor; losses: DeviceTensor }>;

function priorFeeds({ totalVariation, l2 }: DreamSettings): Record<string, FloatTensor> {
  return { totalVariation: floatTensor([], [totalVariation]), l2: floatTensor([], [l2]) };
}
