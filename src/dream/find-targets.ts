import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { Network } from "../network.ts";
import type { LayerObjective } from "./layer-objective.ts";
import type { RegionSettings } from "./settings.ts";
import type { Finder } from "./target-finder.ts";
import type { Target, WeightedTargets } from "./targets.ts";

/** Targets to amplify, with weights. */
export interface ObjectiveOptions {
  readonly layers?: Readonly<Record<string, number>>;
  /** Objectives by the names in `layers`. Default: the energy of the activations. */
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  /** The picture that caricatures exaggerate. Default: the picture itself. */
  readonly source?: Frame;
  readonly classes?: Readonly<Record<string, number>>;
}

/** Targets to amplify, outside and inside regions. */
export interface RegionalObjective extends ObjectiveOptions {
  readonly regions?: readonly Pick<RegionSettings, "layers" | "objectives" | "classes">[];
}

/**
 * Resolve targets, those of regions last. Throws `SCENE_UNKNOWN_LAYER` or `SCENE_UNKNOWN_CLASS` for unknown names, `USAGE`
 * without targets and for a direction that does not have one number per channel.
 */
export function findTargets(
  network: Network,
  finder: Finder,
  { regions = [], ...outside }: RegionalObjective,
): WeightedTargets {
  const parts = [outside, ...regions].map((part, region) =>
    targetsOf(network, finder, part, region),
  );
  const targets = parts.flatMap((part) => part.targets);
  if (targets.length === 0) {
    throw new DreamError("USAGE", "no layer or class to dream on is given");
  }
  return { targets, weights: parts.flatMap(({ weights }) => weights) };
}

function targetsOf(
  network: Network,
  finder: Finder,
  part: ObjectiveOptions,
  region: number,
): WeightedTargets {
  const layers = Object.entries(part.layers ?? {});
  const classes = Object.entries(part.classes ?? {});
  const found = finder.find({
    layers: layers.map(([key]) => key),
    classes: classes.map(([key]) => key),
  });
  const targets = found.map((target): Target => {
    const own = withObjective(network, target, part.objectives);
    return region === 0 ? own : { ...own, region };
  });
  return { targets, weights: [...layers, ...classes].map(([, weight]) => weight) };
}

/**
 * Add the objective of a target's layer, if `objectives` has one. Throws `USAGE` for a direction that does not have one
 * number per channel.
 */
function withObjective(
  network: Network,
  target: Target,
  objectives: Readonly<Record<string, LayerObjective>> | undefined,
): Target {
  const objective = objectives?.[target.key];
  if (target.type !== "layer" || !objective) return target;
  const count = network.layers.find(({ name }) => name === target.value)?.channels;
  if (objective.type === "direction" && count !== undefined && objective.values.length !== count) {
    const { length } = objective.values;
    throw new DreamError(
      "USAGE",
      `the direction for layer "${target.key}" has ${length} numbers, the layer ${count} channels`,
      { hint: `Give ${count} numbers, one for each channel.` },
    );
  }
  return { ...target, objective };
}
