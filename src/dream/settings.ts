import type { AscentSpace, GuideMatch, PresetName } from "../choices.ts";
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { NetworkDefaults } from "../network.ts";
import type { LayerObjective } from "./layer-objective.ts";
import { smallestTile } from "./tiles.ts";

/** Complete settings for the dream of one frame. `presets` and networks provide the defaults. */
export interface DreamSettings {
  /** Weights by layer, such as `motifs3`, `motifs3:17` or `motifs3:3-9`. */
  readonly layers: Readonly<Record<string, number>>;
  /** Objectives by the names in `layers`. Default: the energy of the activations. */
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  /** The picture that caricatures exaggerate, of the dreamed picture's size. */
  readonly source?: Frame;
  /** Weights by class label. */
  readonly classes: Readonly<Record<string, number>>;
  readonly octaves: number;
  readonly octaveScale: number;
  /** Steps: one number for all octaves, or one per octave from the smallest to the largest. */
  readonly iterations: number | readonly number[];
  /** Factor of the unit gradient, in 1/255 of full range. */
  readonly stepSize: number;
  /** Range of the random shift at each step, px: half of it in each direction, edges mirrored. */
  readonly jitter: number;
  /** Maximum deviation of the random scale from 1 at each step, 0..0.5, edges mirrored; 0 is off. */
  readonly scaleJitter: number;
  /** Maximum random rotation in each direction at each step, degrees, 0..180; 0 is off. */
  readonly rotateJitter: number;
  /** The parameters of the gradient ascent: pixels, or Fourier coefficients with decorrelated colours. */
  readonly space: AscentSpace;
  /** Sigma of the Gaussian that smooths the gradient, px; 0 is off. */
  readonly smoothing: number;
  /** Levels of Laplacian-pyramid normalisation; 0 is off. */
  readonly laplacian: number;
  /** Share by which each pixel moves towards the mean of its neighbours at each step, 0..1. */
  readonly totalVariation: number;
  /** Share by which each pixel moves towards mid-grey at each step, 0..1. */
  readonly l2: number;
  /** Side of the tiles for large pictures, px, ≥ 64; `auto` selects it by the predicted memory. */
  readonly tile: "auto" | "off" | number;
  /** A picture whose features the layers should resemble. */
  readonly guide?: Guide;
  /** Parts of the picture with a dream of their own. All other settings apply to the whole picture. */
  readonly regions?: readonly RegionSettings[];
  readonly rule: UpdateRule;
}

/** A part of the picture with a dream of its own. */
export interface RegionSettings {
  readonly layers: Readonly<Record<string, number>>;
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  readonly classes: Readonly<Record<string, number>>;
  /** Default: the step size outside the region. */
  readonly stepSize?: number;
  readonly iterations?: number | readonly number[];
  /** White inside the region, and of the dreamed picture's size. Predictions do not need it. */
  readonly matte?: Frame;
  /** Whether the region is the black part of the matte. */
  readonly invert: boolean;
  /** Share of the region in pixels whose matte is white, 0..1. */
  readonly strength: number;
}

export interface Guide {
  readonly frame: Frame;
  /** Each position follows the guide's most similar feature (google), or all positions follow its mean feature. */
  readonly match: GuideMatch;
  /** Share of each layer's weight for the guide, 0..1. Default 1. */
  readonly strength?: number;
}

/** Differences between the published tools other than their numbers. See docs and `presets`. */
export interface UpdateRule {
  readonly normalise: "mean-abs" | "std";
  /** Sigmas of the averaged Gaussians, as factors of sigma. */
  readonly smoothingFactors: readonly number[];
  /** Sigma at step i of n: smoothing + growth × (i + offset) / n. */
  readonly sigmaGrowth: number;
  readonly sigmaOffset: number;
  /** Between octaves: add the detail to the octave's own picture, or enlarge the picture itself. */
  readonly carry: "detail" | "picture";
  /** With `picture`, share of the octave's own picture in the mix. */
  readonly carryBlend: number;
}

const googleRule: UpdateRule = {
  normalise: "mean-abs",
  smoothingFactors: [1],
  sigmaGrowth: 0,
  sigmaOffset: 0,
  carry: "detail",
  carryBlend: 0,
};

type Preset = Omit<
  DreamSettings,
  | "layers"
  | "objectives"
  | "source"
  | "classes"
  | "guide"
  | "regions"
  | "scaleJitter"
  | "space"
  | "rotateJitter"
  | "totalVariation"
  | "l2"
  | "tile"
>;

/** Published settings without layers, whose names depend on the network. */
const presets: Readonly<Record<PresetName, Preset>> = {
  google: {
    octaves: 4,
    octaveScale: 1.4,
    iterations: 10,
    stepSize: 1.5,
    jitter: 32,
    smoothing: 0,
    laplacian: 0,
    rule: googleRule,
  },
  "pytorch-deepdream": {
    octaves: 4,
    octaveScale: 1.8,
    iterations: 10,
    // Its rate of 0.09 applies to pixels divided by ImageNet's standard deviation of about 0.226.
    stepSize: 0.09 * 0.226 * 255,
    jitter: 32,
    smoothing: 0.5,
    laplacian: 0,
    rule: {
      ...googleRule,
      normalise: "std",
      smoothingFactors: [0.5, 1, 2],
      sigmaGrowth: 2,
      sigmaOffset: 1,
      carry: "picture",
    },
  },
  hvass: {
    octaves: 5,
    octaveScale: 1 / 0.7,
    iterations: 10,
    stepSize: 3,
    jitter: 32,
    smoothing: 0.5,
    laplacian: 0,
    rule: {
      ...googleRule,
      normalise: "std",
      smoothingFactors: [0.5, 1, 2],
      sigmaGrowth: 4,
      carry: "picture",
      carryBlend: 0.2,
    },
  },
};

/**
 * Defaults with feedback: few steps per frame suffice, because they accumulate. Over a clip, `feedbackStepScale` also
 * reduces the step.
 */
const carriedDefaults = { octaves: 3, iterations: [3, 2, 2], stepSize: 1.25 } as const;

/** Settings that a user may give; all are optional. */
export type DreamOptions = Partial<Omit<DreamSettings, "rule">> & { readonly preset?: PresetName };

/**
 * Complete `options` with the preset's numbers if one is named, else with the network's defaults, else with google's.
 * Without layers or classes, the network's default layers are used. `carried` means that frames start from the previous one.
 * Throws `USAGE` for tiles that are too small.
 */
export function completeSettings(
  options: DreamOptions,
  defaults: NetworkDefaults | undefined,
  lastLayer: string,
  carried = false,
): DreamSettings {
  const { preset, ...given } = options;
  checkTile(given.tile);
  const base = preset
    ? presets[preset]
    : { ...presets.google, ...defaults, ...(carried ? carriedDefaults : {}) };
  const own = defaults?.layers ?? { [lastLayer]: 1 };
  const classes = given.classes ?? {};
  const settings = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const layers = given.layers ?? (Object.keys(classes).length > 0 ? {} : own);
  return {
    space: "pixels",
    scaleJitter: 0,
    rotateJitter: 0,
    totalVariation: 0,
    l2: 0,
    tile: "auto",
    ...base,
    ...settings,
    layers,
    classes,
  };
}

function checkTile(tile: DreamOptions["tile"]): void {
  if (typeof tile !== "number" || (Number.isInteger(tile) && tile >= smallestTile)) return;
  throw new DreamError("USAGE", `dream.tile: tiles cannot have sides of ${tile} px`, {
    hint: `Give a whole number of px, at least ${smallestTile}, or "auto" or "off".`,
  });
}

/** Halve the number of steps, rounded up, for a preview. */
export function halveIterations(settings: DreamSettings): DreamSettings {
  const half = (n: number): number => Math.ceil(n / 2);
  const halved = (n: number | readonly number[]): number | readonly number[] =>
    typeof n === "number" ? half(n) : n.map(half);
  const { iterations, regions } = settings;
  return {
    ...settings,
    iterations: halved(iterations),
    ...(regions && {
      regions: regions.map((region) => ({
        ...region,
        ...(region.iterations === undefined ? {} : { iterations: halved(region.iterations) }),
      })),
    }),
  };
}

/** Number of steps at an octave, 0 being the smallest: the maximum over all regions. */
export function iterationsAt({ iterations, regions = [] }: DreamSettings, octave: number): number {
  const active = regions.filter(({ strength }) => strength > 0);
  const all = [iterations, ...active.map((region) => region.iterations ?? iterations)];
  return Math.max(...all.map((one) => ownIterationsAt(one, octave)));
}

/** Number of steps at an octave according to one list; a short list repeats its last number. */
export function ownIterationsAt(iterations: number | readonly number[], octave: number): number {
  if (typeof iterations === "number") return Math.round(iterations);
  return Math.round(iterations[Math.min(octave, iterations.length - 1)] ?? 0);
}

/** Sigma of the gradient's smoothing at step `i` of `count`; 0 is off. */
export function sigmaAt({ smoothing, rule }: DreamSettings, i: number, count: number): number {
  return smoothing === 0 ? 0 : smoothing + (rule.sigmaGrowth * (i + rule.sigmaOffset)) / count;
}
