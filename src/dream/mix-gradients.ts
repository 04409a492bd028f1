/** Combines the gradients of several networks and regions into one step, as graph nodes. */
import type { GraphBuilder } from "../graph/builder.ts";
import { intTensor } from "../graph/graph.ts";
import { addUnitStrength } from "./normalise-gradient.ts";
import { groupTargets, type TargetGroup } from "./target-groups.ts";
import type { Target } from "./targets.ts";

/** What a step does with its gradients. */
export interface MixSpec {
  readonly height: number;
  readonly width: number;
  readonly normalise: "mean-abs" | "std";
  /** Whether regions share the picture. */
  readonly shared: boolean;
}

/** Numbers of the regions of `targets`; 0 is outside all regions. */
export function regionsOf(targets: readonly Target[]): number[] {
  return [...new Set(groupTargets(targets).map(({ region }) => region))];
}

/** Whether several networks share a region; then the step has the input `weights`. */
export function sharesRegion(targets: readonly Target[]): boolean {
  return groupTargets(targets).length > regionsOf(targets).length;
}

/**
 * Combine `gradients` `[1, 3, H, W]`, one per group of `targets`, to the change of the picture. Gradients of several
 * networks in a region are normalised to unit strength and mixed by the sums of their absolute weights, input `weights`
 * `[T]`. The gradient of each region is normalised to unit strength within the region, and multiplied by its step, input
 * `step_r` `[]` in units of full range, and, if regions share the picture, by its share, input `share_r` `[1, 1, H, W]`.
 */
export function addPull(
  b: GraphBuilder,
  gradients: readonly string[],
  targets: readonly Target[],
  { height, width, normalise, shared }: MixSpec,
): string {
  const groups = groupTargets(targets).map((group, g) => ({ ...group, gradient: gradients[g]! }));
  const pulls = regionsOf(targets).map((region) => {
    const share = shared ? b.input(`share_${region}`, [1, 1, height, width]) : undefined;
    const own = groups.filter((group) => group.region === region);
    const gradient = own.length === 1 ? own[0]!.gradient : addBalanced(b, own, share);
    const unit = addUnitStrength(b, gradient, normalise, share);
    const pull = b.op("Mul", [unit, b.input(`step_${region}`, [])]);
    return share ? b.op("Mul", [pull, share], {}, "pull_of_region") : pull;
  });
  return pulls.reduce((sum, pull) => b.op("Add", [sum, pull], {}, "pull"));
}

/** The sum of the gradients of networks, each normalised to unit strength and multiplied by the sum of its absolute weights. */
function addBalanced(
  b: GraphBuilder,
  groups: readonly (TargetGroup & { readonly gradient: string })[],
  share: string | undefined,
): string {
  const parts = groups.map(({ members, gradient }) => {
    const own = b.op("Gather", ["weights", b.constant(intTensor(members))], { axis: 0 });
    const weight = b.op("ReduceSum", [b.op("Abs", [own]), b.ints(0)], { keepdims: 0 });
    return b.op("Mul", [addUnitStrength(b, gradient, "mean-abs", share), weight]);
  });
  return parts.reduce((sum, part) => b.op("Add", [sum, part], {}, "balanced"));
}
