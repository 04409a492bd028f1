import { closest, distance } from "fastest-levenshtein";
import { DreamError } from "../errors.ts";
import type { Network } from "../network.ts";
import { type ChannelChoice, countOf, parseChoice } from "./channel-choice.ts";
import { homeOfLayer, meantLayer } from "./layer-hints.ts";
import type { LayerObjective } from "./layer-objective.ts";

/** A target to amplify: a layer, some of its channels, or a class. */
export type Target = TargetPlace &
  (
    | {
        readonly type: "layer";
        readonly key: string;
        /** The graph's value. */
        readonly value: string;
        /** Ranges of first and last channel, inclusive. Default: all channels. */
        readonly channels?: readonly (readonly [number, number])[];
        /** Amplify the similarity to these features instead of the activations. */
        readonly guide?: GuideFeatures;
        /** What to amplify instead of the energy of the activations. */
        readonly objective?: LayerObjective;
      }
    | {
        readonly type: "class";
        readonly key: string;
        readonly value: string;
        readonly index: number;
      }
  );

/** The network and region of a target, if there are several. */
interface TargetPlace {
  /** The network's name in a scene with several networks. */
  readonly network?: string;
  /** Number of the region, from 1; absent outside all regions. */
  readonly region?: number;
}

/** The features of a guide picture at one layer. */
export interface GuideFeatures {
  /** Number of positions M in the guide. */
  readonly places: number;
  /** `[C, M]`. */
  readonly features: Float32Array;
}

export interface WeightedTargets {
  readonly targets: readonly Target[];
  /** `[T]`, one per target. */
  readonly weights: readonly number[];
}

/** The names of targets as a user writes them, without weights. */
export interface TargetNames {
  readonly layers: readonly string[];
  readonly classes: readonly string[];
}

/** Resolves layer and class names of a network. Each name is looked up once. */
export class TargetFinder {
  readonly #network: Network;
  readonly #values: ReadonlySet<string>;
  readonly #found = new Map<string, Target>();
  readonly #prefix: string;

  /** `prefix` precedes each name in errors. */
  constructor(network: Network, prefix = "") {
    this.#network = network;
    this.#prefix = prefix;
    this.#values = new Set(network.graph.nodes.flatMap((node) => node.outputs));
  }

  /**
   * The targets of the names in the given order, layers first. `layer:17` is one channel, `layer:3-9` a range, and
   * `layer:3,7-9` a list of both; classes are given by label or index. Throws `SCENE_UNKNOWN_LAYER`, `SCENE_UNKNOWN_CLASS`
   * with the nearest names.
   */
  find({ layers, classes }: TargetNames): Target[] {
    return [
      ...layers.map((key) => this.#once(`layer ${key}`, () => this.#layer(key))),
      ...classes.map((key) =>
        this.#once(`class ${key}`, () => findClass(this.#network, key, this.#prefix)),
      ),
    ];
  }

  /**
   * The choice of `layer:strongest-8`, `layer:weakest-8` or `layer:random-8`; undefined for any other name. Throws
   * `SCENE_UNKNOWN_LAYER` for an unknown layer, and for a count above its number of channels.
   */
  choice(key: string): ChannelChoice | undefined {
    const parsed = this.#resolve(key) === undefined ? parseChoice(key) : undefined;
    if (!parsed) return undefined;
    const { layer, order, count } = parsed;
    const value = this.#resolve(layer);
    if (value === undefined) throw unknownLayer(this.#network, layer, this.#prefix);
    const channels = this.#channelsOf(value);
    if (channels === undefined) {
      const { name } = this.#network;
      throw new DreamError(
        "SCENE_UNKNOWN_LAYER",
        `the number of channels of "${this.#prefix}${layer}" is not known`,
        { hint: `Name a layer that "dreamreel layers ${name}" shows, or give channel numbers.` },
      );
    }
    return { layer, value, order, count: countOf(layer, count, channels), channels };
  }

  #resolve(name: string): string | undefined {
    return this.#values.has(name) ? name : this.#network.aliases.get(name);
  }

  #channelsOf(value: string): number | undefined {
    return this.#network.layers.find((layer) => layer.name === value)?.channels;
  }

  #once(name: string, find: () => Target): Target {
    const target = this.#found.get(name) ?? find();
    this.#found.set(name, target);
    return target;
  }

  #layer(key: string): Target {
    const network = this.#network;
    const whole = this.#resolve(key);
    if (whole !== undefined) return { type: "layer", key, value: whole };
    if (this.choice(key)) throw withoutPicture(this.#prefix + key);

    const match = /^(.+):(\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*)$/.exec(key);
    const value = match ? this.#resolve(match[1]!) : undefined;
    if (!match) throw this.#unknownChannels(key) ?? unknownLayer(network, key, this.#prefix);
    if (value === undefined) throw unknownLayer(network, match[1]!, this.#prefix);
    const count = this.#channelsOf(value);
    const channels = match[2]!.split(",").map((text): [number, number] => {
      const [from, to = from] = text.split("-").map(Number) as [number, number?];
      if (from <= to && (count === undefined || to < count)) return [from, to];
      throw new DreamError(
        "SCENE_UNKNOWN_LAYER",
        `layer "${this.#prefix}${match[1]}" has no channel ${text.trim()}`,
        {
          hint:
            count === undefined
              ? "Give ranges in ascending order."
              : `Its channels are 0 to ${count - 1}.`,
        },
      );
    });
    return { type: "layer", key, value, channels };
  }

  /** The error for a known layer with unknown channels, such as `layer:strongset-8`. */
  #unknownChannels(key: string): DreamError | undefined {
    const colon = key.lastIndexOf(":");
    if (colon === -1) return undefined;
    const [layer, channels] = [key.slice(0, colon), key.slice(colon + 1)];
    if (this.#resolve(layer) === undefined) return undefined;
    const full = this.#prefix + layer;
    return new DreamError("SCENE_UNKNOWN_LAYER", `layer "${full}" has no channels "${channels}"`, {
      hint: `Give numbers, as in ${full}:17 or ${full}:3,7-9, or ${full}:strongest-8, weakest-8 or random-8.`,
    });
  }
}

function withoutPicture(key: string): DreamError {
  return new DreamError(
    "SCENE_UNKNOWN_LAYER",
    `layer "${key}" chooses channels by a picture, and there is none here`,
    { hint: "Give channel numbers, as in motifs3:17 or motifs3:3,7-9." },
  );
}

function unknownLayer(network: Network, name: string, prefix: string): DreamError {
  const known = network.layers.map((layer) => layer.name);
  const home = prefix === "" ? homeOfLayer(name, network.name) : undefined;
  const meant = meantLayer(name, [...known, ...network.aliases.keys()]);
  const guess = meant === undefined ? "" : `; did you mean "${prefix}${meant}"?`;
  const other = home === undefined ? "" : ` "${home}" has layers named so: set model: ${home}.`;
  return new DreamError(
    "SCENE_UNKNOWN_LAYER",
    `layer "${prefix}${name}" is not in network "${network.name}"${guess}`,
    {
      hint: `It has ${listSome(known)}. "dreamreel layers ${network.name}" shows them.${other}`,
    },
  );
}

function findClass(network: Network, key: string, prefix: string): Target {
  const { labels, logits } = network;
  if (logits === undefined) {
    throw new DreamError(
      "SCENE_UNKNOWN_CLASS",
      `network "${network.name}" has no class scores to amplify`,
      {
        hint: "Use layers instead of classes, or a network that ends in a classifier.",
      },
    );
  }
  const wanted = key.trim().toLowerCase();
  const matches = (label: string): boolean =>
    label.toLowerCase() === wanted || label.toLowerCase().split(/,\s*/).includes(wanted);
  let index = labels.findIndex(matches);
  if (index < 0 && /^\d+$/.test(key)) index = Number(key);
  const size = network.layers.find((layer) => layer.name === logits)?.channels ?? labels.length;
  if (index < 0 || (size > 0 && index >= size)) {
    const words = labels.flatMap((label) => label.split(/,\s*/));
    throw new DreamError(
      "SCENE_UNKNOWN_CLASS",
      `class "${prefix}${key}" is not among the ${size} of network "${network.name}"${suggestion(wanted, words, prefix)}`,
      {
        hint:
          labels.length > 0
            ? `Nearest: ${nearest(wanted, words, 5).join(", ")}. "dreamreel layers ${network.name}" lists them all.`
            : `Its labels are unknown: use an index from 0 to ${size - 1}, or set model.labels.`,
      },
    );
  }
  return { type: "class", key, value: logits, index };
}

function suggestion(name: string, known: readonly string[], prefix: string): string {
  if (known.length === 0) return "";
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, name.length / 3)
    ? `; did you mean "${prefix}${best}"?`
    : "";
}

function nearest(name: string, known: readonly string[], count: number): string[] {
  return [...known].sort((a, b) => distance(name, a) - distance(name, b)).slice(0, count);
}

function listSome(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(", ")
    : `${names.slice(0, 10).join(", ")} … (${names.length})`;
}
