import type { Frame } from "../frame.ts";
import type { FloatTensor, Graph } from "../graph/graph.ts";
import { interruptionPoint } from "../interrupt.ts";
import type { Network } from "../network.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { engineFor } from "../runtime/ort/network-engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { type CompiledGraph, kindOf, useCompiled } from "./compiled-graph.ts";
import { gradientGraph, isCaricature, type ObjectiveGraph } from "./gradient-graph.ts";
import { objectiveFeeds, placeFeeds } from "./objective.ts";
import type { WeightedTargets } from "./targets.ts";

/** Maximum number of compiled gradients, which take memory in proportion to their picture size. */
const maxGradients = 4;

/** Computes objectives and their exact derivatives. Sessions are kept between calls. */
export class ExactGradients {
  readonly #network: Network;
  /** Reports failures with the network's name. */
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<CompiledGraph<Session>>(maxGradients);

  constructor(network: Network, engine: Engine) {
    this.#network = network;
    this.#engine = engineFor(network.name, engine);
  }

  /** The objective of `frame`, and its derivative, planar `[3, H, W]`. Caricatures exaggerate `source`. Throws `INTERRUPTED`. */
  async compute(
    frame: Frame,
    source: Frame,
    { targets, weights }: WeightedTargets,
    signal?: AbortSignal,
  ): Promise<{ loss: number; gradient: Float32Array }> {
    const { height, width } = frame;
    const tensor = ({ data }: Frame): FloatTensor => ({
      type: "float32",
      dims: [1, 3, height, width],
      data,
    });
    const view = { x: 0, y: 0, height, width, seenHeight: height, seenWidth: width };
    const make = (): ObjectiveGraph => gradientGraph(this.#network, targets, height, width);
    const load = (graph: Graph): Promise<Session> => this.#engine.load(graph);
    const key = [targets.map(kindOf), height, width];
    await interruptionPoint(signal);
    return useCompiled(this.#sessions, key, make, load, async ({ session, shapes }) => {
      await interruptionPoint(signal);
      const results = await session.run({
        [this.#network.input]: tensor(frame),
        ...(targets.some(isCaricature) && { source: tensor(source) }),
        ...objectiveFeeds(targets, weights, shapes),
        ...placeFeeds(targets, shapes, view),
      });
      return {
        loss: (results.loss as FloatTensor).data[0]!,
        gradient: (results.gradient as FloatTensor).data,
      };
    });
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }
}
