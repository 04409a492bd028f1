import type { AscentSpace, GuideMatch, PresetName } from "../choices.ts";
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { NetworkDefaults } from "../network.ts";
import type { LayerObjective } from "./layer-objective.ts";
import { smallestTile } from "./tiles.ts";

/** How one frame is dreamed. Every number resolved; `presets` and networks give the defaults. */
export interface DreamSettings {
  /** Layer (or `layer:17`, `layer:3-9`) → weight. */
  readonly layers: Readonly<Record<string, number>>;
  /** Layer, as in `layers` → what of it is amplified; without one, the energy of its activations. */
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  /** The picture that caricatures exaggerate, of the dreamed picture's size. */
  readonly source?: Frame;
  /** Class label → weight. */
  readonly classes: Readonly<Record<string, number>>;
  readonly octaves: number;
  readonly octaveScale: number;
  /** Steps: one number for all octaves, or one per octave from the smallest to the largest. */
  readonly iterations: number | readonly number[];
  /** In 1/255 of full range, times the unit gradient. */
  readonly stepSize: number;
  /** The picture is moved by up to half this many px either way each step, edges mirrored. */
  readonly jitter: number;
  /** The picture is scaled by 1 ± up to this each step, 0..0.5, edges mirrored; 0 is off. */
  readonly scaleJitter: number;
  /** The picture is turned by ± up to this many degrees each step, 0..180; 0 is off. */
  readonly rotateJitter: number;
  /** What a step is steepest in: pixels, or Fourier coefficients with decorrelated colours. */
  readonly space: AscentSpace;
  /** Gaussian sigma in px on the gradient; 0 is off. */
  readonly smoothing: number;
  /** Levels of Laplacian-pyramid normalisation; 0 is off. */
  readonly laplacian: number;
  /** Share of the way to the mean of its neighbours each pixel goes each step, 0..1. */
  readonly totalVariation: number;
  /** Share of the way to mid-grey each pixel goes each step, 0..1. */
  readonly l2: number;
  /** Side of the tiles large pictures are dreamed in, px from 64 on; `auto` by predicted memory. */
  readonly tile: "auto" | "off" | number;
  /** A picture whose features the layers are to resemble. */
  readonly guide?: Guide;
  /** Parts of the picture with a dream of their own; the rest of the settings holds for all of it. */
  readonly regions?: readonly RegionSettings[];
  readonly rule: UpdateRule;
}

/** A part of the picture with a dream of its own. */
export interface RegionSettings {
  readonly layers: Readonly<Record<string, number>>;
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  readonly classes: Readonly<Record<string, number>>;
  /** As outside; absent: the same. */
  readonly stepSize?: number;
  readonly iterations?: number | readonly number[];
  /** White where the region is, of the dreamed picture's size. A prediction does not need it. */
  readonly matte?: Frame;
  /** The region is where the matte is black. */
  readonly invert: boolean;
  /** Share that the region takes where its matte is white, 0..1. */
  readonly strength: number;
}

export interface Guide {
  readonly frame: Frame;
  /** Each place follows the guide's best matching feature (google), or all of them its mean feature. */
  readonly match: GuideMatch;
  /** Share of each layer's weight that follows it, 0..1. Default 1. */
  readonly strength?: number;
}

/** What differs between the published tools beside their numbers. See docs and `presets`. */
export interface UpdateRule {
  readonly normalise: "mean-abs" | "std";
  /** Gaussians averaged, as factors of sigma. */
  readonly smoothingFactors: readonly number[];
  /** Sigma at step i of n: smoothing + growth × (i + offset) / n. */
  readonly sigmaGrowth: number;
  readonly sigmaOffset: number;
  /** Between octaves: add the detail to the octave's own picture, or enlarge the picture itself. */
  readonly carry: "detail" | "picture";
  /** With `picture`: share of the octave's own picture mixed back in. */
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

/** Published settings, without layers: layer names belong to their networks. */
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
    // Its rate of 0.09 applies to pixels divided by ImageNet's spread of about 0.226.
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

/** What a user may leave out. */
export type DreamOptions = Partial<Omit<DreamSettings, "rule">> & { readonly preset?: PresetName };

/**
 * Fill in what `options` leave out: the preset's numbers where one is named, else what looks best on
 * this network, else google's. Without layers or classes the network's own default layers. `carried`: frames go on from the
 * one before. Throws `USAGE` for tiles that are too small.
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

/** The same with half the steps, rounded up: a preview. */
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

/** Steps at `octave` of `octaves`, 0 being the smallest: the most that any region has. */
export function iterationsAt({ iterations, regions = [] }: DreamSettings, octave: number): number {
  const active = regions.filter(({ strength }) => strength > 0);
  const all = [iterations, ...active.map((region) => region.iterations ?? iterations)];
  return Math.max(...all.map((one) => ownIterationsAt(one, octave)));
}

/** Steps at an octave by one list; a short list repeats its last number. */
export function ownIterationsAt(iterations: number | readonly number[], octave: number): number {
  if (typeof iterations === "number") return Math.round(iterations);
  return Math.round(iterations[Math.min(octave, iterations.length - 1)] ?? 0);
}

/** Sigma of the gradient's smoothing at step `i` of `count`; 0 is off. */
export function sigmaAt({ smoothing, rule }: DreamSettings, i: number, count: number): number {
  return smoothing === 0 ? 0 : smoothing + (rule.sigmaGrowth * (i + rule.sigmaOffset)) / count;
}
