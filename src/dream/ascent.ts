import type { Frame } from "../frame.ts";
import { type FloatTensor, floatTensor, intTensor, type Tensor } from "../graph/graph.ts";
import type { Network } from "../network.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { type AscentSpec, ascentGraph } from "./ascent-graph.ts";
import { gaussianKernels, tapsFor } from "./normalise-gradient.ts";
import { objectiveFeeds } from "./objective.ts";
import { type DreamSettings, sigmaAt } from "./settings.ts";
import type { Target } from "./targets.ts";

/** Runs steps of gradient ascent, keeping one session per picture size and shape of step. */
export class Ascent {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #steps = new SessionCache<CompiledStep>();

  constructor(network: Network, engine: Engine) {
    this.#network = network;
    this.#engine = engine;
  }

  /**
   * Dream `frame` for `count` steps. Returns the picture and the objective of each target before every
   * step. `random` gives the jitter.
   */
  async climb(
    frame: Frame,
    targets: readonly Target[],
    weights: readonly number[],
    settings: DreamSettings,
    count: number,
    random: () => number,
  ): Promise<{ frame: Frame; losses: number[][] }> {
    const { height, width } = frame;
    // A mirrored border cannot be wider than the picture it mirrors.
    const jitter = Math.max(0, Math.min(Math.round(settings.jitter), height - 1, width - 1));
    const taps = count > 0 && settings.smoothing > 0 ? widestTaps(settings, count) : 0;
    const { session, selections } = await this.#compiled(targets, {
      height,
      width,
      jitter,
      taps,
      laplacian: Math.round(settings.laplacian),
      normalise: settings.rule.normalise,
      priors: hasPriors(settings),
    });
    const fixed = {
      ...objectiveFeeds(targets, weights, selections),
      ...(hasPriors(settings) ? priorFeeds(settings) : {}),
      step: floatTensor([], [settings.stepSize / 255]),
    };
    let picture: Tensor = { type: "float32", dims: [1, 3, height, width], data: frame.data };
    const losses: number[][] = [];
    for (let i = 0; i < count; i++) {
      const smoothing =
        taps > 0
          ? gaussianKernels(sigmaAt(settings, i, count), settings.rule.smoothingFactors, taps)
          : {};
      const results = await session.run({
        picture,
        ...fixed,
        ...smoothing,
        ...jitterFeeds(height, width, jitter, random),
      });
      picture = results.result!;
      losses.push([...(results.losses as FloatTensor).data]);
    }
    return { frame: { data: picture.data as Float32Array, height, width }, losses };
  }

  /** Release every session. */
  async dispose(): Promise<void> {
    await this.#steps.dispose();
  }

  #compiled(targets: readonly Target[], spec: AscentSpec): Promise<CompiledStep> {
    const key = JSON.stringify([targets.map(kindOf), spec]);
    return this.#steps.get(key, async () => {
      const { graph, selections } = ascentGraph(this.#network, targets, spec);
      const session = await this.#engine.load(graph);
      return { session, selections, dispose: () => session.dispose() };
    });
  }
}

interface CompiledStep {
  readonly session: Session;
  readonly selections: readonly (readonly number[])[];
  dispose(): Promise<void>;
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
