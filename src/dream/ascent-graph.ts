import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import type { Network } from "../network.ts";
import { addFourierSpace } from "./fourier-space.ts";
import { addLosses, differentiate, type ObjectiveGraph } from "./gradient-graph.ts";
import { sightWeights } from "./jitter.ts";
import { addPull, sharesRegion } from "./mix-gradients.ts";
import { addLaplacian, addSmoothing, smoothingKernels, tapsFor } from "./normalise-gradient.ts";
import { addPositions, addTurned, addTurnedBack, turns } from "./random-turn.ts";
import { type DreamSettings, sigmaAt } from "./settings.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";

/** The parameters that are compiled into a step; all others are inputs. */
export interface AscentSpec {
  readonly height: number;
  readonly width: number;
  /** Range of the picture's shift, px, see `jitter.ts`. */
  readonly jitter: number;
  /** Whether the picture is scaled and rotated, see `random-turn.ts`. */
  readonly turns: boolean;
  /** Taps of the smoothing kernels; 0 means no smoothing. */
  readonly taps: number;
  /** Levels of Laplacian-pyramid normalisation; 0 means none. */
  readonly laplacian: number;
  /** Whether steps are in the Fourier basis, see `fourier-space.ts`. */
  readonly fourier: boolean;
  readonly normalise: "mean-abs" | "std";
  /** Whether the step applies priors, see `addPriors`. */
  readonly priors: boolean;
  /** Whether regions share the picture, see `addPull`. */
  readonly shared: boolean;
}

/** The spec that covers all of `count` steps at one size. */
export function ascentSpec(
  settings: DreamSettings,
  height: number,
  width: number,
  count: number,
): AscentSpec {
  const { smoothing, laplacian, totalVariation, l2, rule } = settings;
  const widest = sigmaAt(settings, count - 1, count) * Math.max(...rule.smoothingFactors);
  return {
    height,
    width,
    // A mirrored edge cannot be wider than the picture.
    jitter: Math.max(0, Math.min(Math.round(settings.jitter), height - 1, width - 1)),
    turns: turns(settings),
    taps: count > 0 && smoothing > 0 ? tapsFor(widest) : 0,
    laplacian: Math.round(laplacian),
    fourier: settings.space === "fourier",
    normalise: rule.normalise,
    priors: totalVariation > 0 || l2 > 0,
    shared: settings.regions?.some(({ strength }) => strength > 0) ?? false,
  };
}

/**
 * One step of gradient ascent as one graph: move the picture by a random offset, run forward and backward, move the gradient
 * back, normalise, step, and clip to 0..1.
 *
 * Inputs: `picture` `[1, 3, H, W]`; `source` of the same shape for caricatures; those of
 * `jitterFeeds` with jitter; those of the objective and of `addPull`; `columns` and `rows` with smoothing;
 * `totalVariation` and `l2` `[]` with priors. Outputs: `result` `[1, 3, H, W]` and `losses` `[T]`, the objectives before
 * the step.
 *
 * With `spec.turns`, one resampling by `seenFrom` and `gradientFrom` `[3, 2]` moves the picture instead, see `turnFeeds`. Other
 * tools roll the picture, which adds a false contour from the opposite edge; mirroring does not.
 */
export function ascentGraph(
  network: Network,
  targets: readonly Target[],
  spec: AscentSpec,
): ObjectiveGraph {
  const { height, width } = spec;
  const parts = differentiate(network, targets, height, width);
  const { builder: b, gradients, losses, shapes, source } = parts;
  const dims = [1, 3, height, width];
  const picture = b.input("picture", dims);
  const seen: [string, string][] = [[picture, network.input]];
  if (source !== undefined) seen.push([b.input("source", dims), source]);
  let own = gradients;
  if (spec.turns) {
    const from = addPositions(b, "seenFrom", height, width);
    for (const [picture, to] of seen) b.opNamed("Identity", [addTurned(b, picture, from)], {}, to);
    const back = addPositions(b, "gradientFrom", height, width);
    own = gradients.map((gradient) => addTurnedBack(b, gradient, back));
  } else if (spec.jitter > 0) own = addWindow(b, seen, gradients, spec);
  else for (const [from, to] of seen) b.opNamed("Identity", [from], {}, to);
  if (spec.jitter > 0) own = addSightWeights(b, own, spec);
  addStep(b, picture, own, targets, spec);
  addLosses(b, losses);
  return { graph: b.build(), shapes };
}

/**
 * Add the window of each picture of `seen`, see `jitter.ts`. Returns the gradients at their positions in the picture, 0
 * outside the window.
 */
function addWindow(
  b: GraphBuilder,
  seen: readonly (readonly [string, string])[],
  gradients: readonly string[],
  { height, width }: AscentSpec,
): string[] {
  const places = (name: string, count: number): string => b.input(name, [count], "int64");
  // The reshapes give the results static shapes.
  const dims = b.ints(1, 3, height, width);
  const [mirror, start, end] = [places("mirror", 8), places("start", 2), places("end", 2)];
  for (const [from, to] of seen) {
    const mirrored = b.op("Pad", [from, mirror], { mode: "reflect" });
    const window = b.op("Slice", [mirrored, start, end, b.ints(2, 3)]);
    b.opNamed("Reshape", [window, dims], {}, to);
  }
  const ends = [places("corner", 2), places("opposite", 2), b.ints(1, 2)];
  const rest = places("rest", 6);
  return gradients.map((gradient) => {
    // As planes, because WebGPU has the channels last and would permute the amounts of a pad on the CPU.
    const planes = b.op("Reshape", [gradient, b.ints(3, height, width)]);
    const inside = b.op("Pad", [b.op("Slice", [planes, ...ends]), rest]);
    return b.op("Reshape", [inside, dims], {}, "own_gradient");
  });
}

/** Weight the gradient by the inverse of how often the window shows each pixel. */
function addSightWeights(
  b: GraphBuilder,
  gradients: readonly string[],
  { height, width, jitter }: AscentSpec,
): string[] {
  const side = (length: number, dims: readonly number[]): string =>
    b.constant({ ...sightWeights(length, jitter), dims }, "sight");
  const [rows, columns] = [side(height, [1, 1, height, 1]), side(width, [1, 1, 1, width])];
  return gradients.map((gradient) =>
    b.op("Mul", [b.op("Mul", [gradient, rows]), columns], {}, "weighted_gradient"),
  );
}

/**
 * Only the step, for gradients assembled from tiles. Inputs: `picture` and, for group g of `groupTargets`, `gradient_g` of
 * the view from `turnedGraph`, all `[1, 3, H, W]`; and those of `ascentGraph` for normalisation and step. Output: `result`.
 */
export function stepGraph(targets: readonly Target[], spec: AscentSpec): Graph {
  const b = new GraphBuilder();
  const dims = [1, 3, spec.height, spec.width];
  const picture = b.input("picture", dims);
  const gradients = groupTargets(targets).map((_, g) => b.input(`gradient_${g}`, dims));
  if (sharesRegion(targets)) b.input("weights", [targets.length]);
  const back = spec.turns && addPositions(b, "gradientFrom", spec.height, spec.width);
  const own = back ? gradients.map((gradient) => addTurnedBack(b, gradient, back)) : gradients;
  addStep(b, picture, own, targets, spec);
  return b.build();
}

/** The scaled and rotated picture for tiles: inputs `picture` `[1, 3, H, W]` and `seenFrom`, output `seen` `[1, 3, H, W]`. */
export function turnedGraph({ height, width }: AscentSpec): Graph {
  const b = new GraphBuilder();
  const dims = [1, 3, height, width];
  const picture = b.input("picture", dims);
  const turned = addTurned(b, picture, addPositions(b, "seenFrom", height, width));
  b.opNamed("Identity", [turned], {}, "seen").output("seen", dims);
  return b.build();
}

/** Normalise the gradients, one per group of `groupTargets`, step and clip; adds the output `result`. */
function addStep(
  b: GraphBuilder,
  picture: string,
  gradients: readonly string[],
  targets: readonly Target[],
  spec: AscentSpec,
): void {
  const { height, width } = spec;
  const kernels = spec.taps > 0 ? smoothingKernels(b, spec.taps) : undefined;
  const shaped = gradients.map((gradient) => {
    let own = gradient;
    if (spec.fourier) own = addFourierSpace(b, own, height, width);
    if (spec.laplacian > 0) own = addLaplacian(b, own, height, width, spec.laplacian);
    return kernels ? addSmoothing(b, own, height, width, kernels) : own;
  });
  const ascended = b.op("Add", [picture, addPull(b, shaped, targets, spec)]);
  const moved = spec.priors ? addPriors(b, picture, ascended) : ascended;
  b.output(b.op("Clip", [moved, b.scalar(0), b.scalar(1)], {}, "result"), [1, 3, height, width]);
}

/**
 * Priors of natural pictures: each pixel moves by the share `totalVariation` towards the mean of its four neighbours
 * (descent of the squared total variation), and by the share `l2` towards mid-grey.
 * Source: Mahendran and Vedaldi 2015, β = 2.
 */
function addPriors(b: GraphBuilder, picture: string, ascended: string): string {
  const cross = floatTensor([3, 1, 3, 3]);
  for (let c = 0; c < 3; c++) cross.data.set([0, 0.25, 0, 0.25, -1, 0.25, 0, 0.25, 0], c * 9);
  const border = b.op("Pad", [picture, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "edge" });
  const roughness = b.op("Conv", [border, b.constant(cross, "cross")], {
    group: 3,
    kernel_shape: [3, 3],
  });
  const smoother = b.op("Mul", [roughness, b.input("totalVariation", [])]);
  const greyer = b.op("Mul", [b.op("Sub", [b.scalar(0.5), picture]), b.input("l2", [])]);
  return b.op("Sum", [ascended, smoother, greyer], {}, "with_priors");
}
