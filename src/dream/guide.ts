import type { Frame } from "../frame.ts";
import { cutAt } from "../graph/cut.ts";
import type { FloatTensor } from "../graph/graph.ts";
import type { Network } from "../network.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { engineFor } from "../runtime/ort/network-engine.ts";
import { uploadFrame } from "../runtime/pictures.ts";
import { scoped } from "../runtime/scope.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import type { Resizer } from "./resize.ts";
import type { DreamSettings, Guide } from "./settings.ts";
import type { GuideFeatures, Target, WeightedTargets } from "./targets.ts";

/** Maximum long side of the guide picture, px. */
const largestSide = 384;
/** Maximum number of features per guide, because every position of the picture is compared with each of them. */
const maxPlaces = 1024;

/** Computes the features of guide pictures, once per picture and layer. */
export class GuideReader {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #resizer: Resizer;
  readonly #sessions = new SessionCache(8);
  readonly #known = new WeakMap<Frame, Map<string, Promise<GuideFeatures>>>();

  constructor(network: Network, engine: Engine, resizer: Resizer) {
    this.#network = network;
    this.#engine = engine;
    this.#resizer = resizer;
  }

  /** Features of `guide` at the graph's value `layer`: those of some positions, or the mean of all. */
  features({ frame, match }: Guide, layer: string): Promise<GuideFeatures> {
    const known = this.#known.get(frame) ?? new Map<string, Promise<GuideFeatures>>();
    this.#known.set(frame, known);
    const key = `${match} ${layer}`;
    let features = known.get(key);
    if (!features) {
      features = this.#activations(frame, layer).then(match === "best" ? someOf : meanOf);
      known.set(key, features);
      // A failed read can be repeated.
      features.catch(() => known.delete(key));
    }
    return features;
  }

  /** Split each layer's weight between the plain objective and the guide's. */
  async guided(
    plain: WeightedTargets,
    { guide }: Pick<DreamSettings, "guide">,
  ): Promise<WeightedTargets> {
    const strength = guide?.strength ?? 1;
    if (!guide || strength === 0) return plain;
    const pairs = await Promise.all(
      plain.targets.map(async (target, i): Promise<[Target, number][]> => {
        const weight = plain.weights[i]!;
        if (target.type !== "layer" || target.objective) return [[target, weight]];
        const features = await this.features(guide, target.value);
        const guided: [Target, number] = [{ ...target, guide: features }, weight * strength];
        return strength === 1 ? [guided] : [guided, [target, weight * (1 - strength)]];
      }),
    );
    const all = pairs.flat();
    return { targets: all.map(([target]) => target), weights: all.map(([, weight]) => weight) };
  }

  async #activations(frame: Frame, layer: string): Promise<FloatTensor> {
    const factor = Math.min(1, largestSide / Math.max(frame.height, frame.width));
    const [height, width] = [Math.round(frame.height * factor), Math.round(frame.width * factor)];
    const load = (): Promise<Session> =>
      engineFor(this.#network.name, this.#engine).load(cutAt(this.#network.graph, [layer]));
    return this.#sessions.use(layer, load, (session) =>
      scoped(async (scope) => {
        const full = await uploadFrame(this.#engine, scope, frame);
        const picture = await this.#resizer.resize(scope, full, height, width);
        return (await session.run({ [this.#network.input]: picture }))[layer] as FloatTensor;
      }),
    );
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }
}

/** Features `[C, M]` of at most `maxPlaces` evenly spaced positions. */
function someOf({ dims, data }: FloatTensor): GuideFeatures {
  const channels = dims[1]!;
  const all = data.length / channels;
  const places = Math.min(all, maxPlaces);
  const features = new Float32Array(channels * places);
  for (let c = 0; c < channels; c++)
    for (let m = 0; m < places; m++)
      features[c * places + m] = data[c * all + Math.floor(((m + 0.5) * all) / places)]!;
  return { places, features };
}

function meanOf({ dims, data }: FloatTensor): GuideFeatures {
  const channels = dims[1]!;
  const all = data.length / channels;
  const features = Float32Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < all; i++) sum += data[c * all + i]!;
    return sum / all;
  });
  return { places: 1, features };
}
