import { closest, distance } from "fastest-levenshtein";
import { DreamError } from "../errors.ts";
import { memberName, type Network } from "../network.ts";
import type { ChannelChoice } from "./channel-choice.ts";
import { type Target, TargetFinder, type TargetNames } from "./targets.ts";

/** Resolves layer and class names; see `TargetFinder`. */
export interface Finder {
  find(names: TargetNames): Target[];
  choice(key: string): ChannelChoice | undefined;
}

/** The finder for one network, or for several together. */
export function targetFinder(network: Network): Finder {
  return network.parts ? new PartsFinder(network.parts) : new TargetFinder(network);
}

/** A name with its network. */
interface Own {
  readonly network: string;
  readonly finder: TargetFinder;
  readonly name: string;
}

/** Resolves names that start with their network, such as `a/motifs3`. */
class PartsFinder implements Finder {
  readonly #finders: ReadonlyMap<string, TargetFinder>;

  constructor(parts: ReadonlyMap<string, Network>) {
    this.#finders = new Map(
      [...parts].map(([name, part]) => [name, new TargetFinder(part, memberName(name, ""))]),
    );
  }

  find({ layers, classes }: TargetNames): Target[] {
    return [
      ...layers.map((key) => this.#target("layer", key)),
      ...classes.map((key) => this.#target("class", key)),
    ];
  }

  choice(key: string): ChannelChoice | undefined {
    const { network, finder, name } = this.#own("layer", key);
    const choice = finder.choice(name);
    return (
      choice && {
        ...choice,
        layer: memberName(network, choice.layer),
        value: memberName(network, choice.value),
      }
    );
  }

  #target(type: Target["type"], key: string): Target {
    const { network, finder, name } = this.#own(type, key);
    const [target] = finder.find(namesOf(type, name));
    return { ...target!, key, value: memberName(network, target!.value), network };
  }

  #own(type: Target["type"], key: string): Own {
    const slash = key.indexOf("/");
    const network = key.slice(0, Math.max(0, slash));
    const finder = this.#finders.get(network);
    if (finder) return { network, finder, name: key.slice(slash + 1) };
    const names = [...this.#finders.keys()];
    const meant = this.#meant(type, key, network);
    throw new DreamError(
      type === "layer" ? "SCENE_UNKNOWN_LAYER" : "SCENE_UNKNOWN_CLASS",
      `${type} "${key}" does not begin with one of the networks: ${names.join(", ")}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
      { hint: `With models, names are NETWORK/NAME, such as ${meant ?? `${names[0]}/NAME`}.` },
    );
  }

  /** The name with the network that has it, or with the network of a similar name. */
  #meant(type: Target["type"], key: string, wrong: string): string | undefined {
    const rest = key.slice(wrong.length + 1);
    for (const name of [key, rest])
      for (const [network, finder] of this.#finders)
        if (has(finder, type, name)) return memberName(network, name);
    if (wrong === "") return undefined;
    const near = closest(wrong, [...this.#finders.keys()]);
    return distance(wrong, near) <= Math.max(1, wrong.length / 3)
      ? memberName(near, rest)
      : undefined;
  }
}

function namesOf(type: Target["type"], name: string): TargetNames {
  return type === "layer" ? { layers: [name], classes: [] } : { layers: [], classes: [name] };
}

function has(finder: TargetFinder, type: Target["type"], name: string): boolean {
  try {
    return (
      (type === "layer" && finder.choice(name) !== undefined) ||
      finder.find(namesOf(type, name)).length > 0
    );
  } catch {
    return false;
  }
}
