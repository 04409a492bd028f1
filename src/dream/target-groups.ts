import type { DreamSettings } from "./settings.ts";
import type { Target, WeightedTargets } from "./targets.ts";

/** Targets of one network in one region, whose gradients are summed before they are scaled. */
export interface TargetGroup {
  /** Number of the region; 0 outside all regions. */
  readonly region: number;
  /** Indices of its targets in ascending order. */
  readonly members: readonly number[];
}

/** The groups of `targets`, in the order of their first targets. */
export function groupTargets(targets: readonly Target[]): TargetGroup[] {
  const groups = new Map<string, { region: number; members: number[] }>();
  targets.forEach(({ region = 0, network = "" }, i) => {
    const key = `${region} ${network}`;
    const group = groups.get(key) ?? { region, members: [] };
    group.members.push(i);
    groups.set(key, group);
  });
  return [...groups.values()];
}

/**
 * The targets that take part in a dream with `settings`. If there are several groups, those whose weights are all 0 and
 * those in regions of strength 0 are omitted to save time. If none is left, the result is the first group with weights of 0.
 */
export function activeTargets(
  { targets, weights }: WeightedTargets,
  { regions = [] }: Pick<DreamSettings, "regions">,
): WeightedTargets {
  const groups = groupTargets(targets);
  if (groups.length === 1 && groups[0]!.region === 0) return { targets, weights };
  const active = groups.filter(
    ({ region, members }) =>
      (region === 0 || regions[region - 1]!.strength > 0) && members.some((i) => weights[i] !== 0),
  );
  const kept = (active.length > 0 ? active : groups.slice(0, 1)).flatMap(({ members }) => members);
  return {
    targets: kept.map((i) => targets[i]!),
    weights: kept.map((i) => (active.length > 0 ? weights[i]! : 0)),
  };
}
