/** Parameters that can change over time: dream, motion, feedback and colour. */
import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { plainForm } from "./plain-forms.ts";
import { file, pictureOrVideo } from "./schema-media.ts";
import { type AnimatedValue, animated, animatedAngle, anyNumber, type Range } from "./values.ts";

/** Ranges of animatable parameters, also checked on every frame. */
export const ranges = {
  weight: { min: -1000, max: 1000 },
  octaves: { min: 1, max: 20 },
  octaveScale: { min: 1.05, max: 4 },
  iterations: { min: 0, max: 1000 },
  stepSize: { min: 0, max: 255 },
  jitter: { min: 0, max: 512 },
  scaleJitter: { min: 0, max: 0.5 },
  rotateJitter: { min: 0, max: 180 },
  smoothing: { min: 0, max: 50 },
  laplacian: { min: 0, max: 10 },
  totalVariation: { min: 0, max: 1 },
  l2: { min: 0, max: 1 },
  zoom: { min: 0.01, max: 100 },
  rotate: anyNumber,
  fov: { min: 1, max: 170 },
  pan: { min: -100, max: 100 },
  center: { min: -10, max: 10 },
  share: { min: 0, max: 1 },
  sharpen: { min: 0, max: 20 },
  saturation: { min: 0, max: 4 },
} as const satisfies Record<string, Range>;

const iterations = animated(ranges.iterations, "Steps.");

const maxNames = 512;
const name = z.string().min(1);
/** Names to weights; a name, or a list of them, has the weight 1. */
const weights = z
  .union([name, z.array(name), z.record(z.string(), animated(ranges.weight, "Weight."))])
  .transform(
    (value) => (plainForm("layers", value) ?? value) as Readonly<Record<string, AnimatedValue>>,
  )
  .refine((map) => Object.keys(map).length <= maxNames, `more than ${maxNames} names`);

/** A layer's weight with what of it is amplified. */
const layerOptions = z
  .strictObject({
    weight: animated(ranges.weight, "Weight. Default 1.").optional(),
    objective: z.enum(["energy", "mean", "caricature", "neuron", "direction"]).optional().meta({
      description:
        "What is amplified. energy: the mean square of the activations (default); mean: their mean; caricature: what the source shows there; neuron: one place; direction: one number per channel, from a file.",
    }),
    at: z
      .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
      .optional()
      .meta({
        description: "A neuron's place, fractions of width and height. Default [0.5, 0.5].",
      }),
    file: name.optional().meta({ description: "A direction's numbers: text or .npy." }),
  })
  .superRefine(({ objective, at, file }, ctx) => {
    const add = (path: string[], message: string): void =>
      void ctx.addIssue({ code: "custom", path, message });
    if (at !== undefined && objective !== "neuron") add(["at"], "needs objective: neuron");
    if (file !== undefined && objective !== "direction")
      add(["file"], "needs objective: direction");
    if (objective === "direction" && file === undefined)
      add(["objective"], "direction needs a file of numbers, such as file: direction.txt");
  })
  .transform(
    ({ weight = 1, objective = "energy", at, file }): LayerOptions => ({
      weight,
      objective,
      ...(at ? { at } : {}),
      ...(file === undefined ? {} : { file }),
    }),
  );

/** A layer's weight with what of it is amplified, after parsing. */
export interface LayerOptions {
  readonly weight: AnimatedValue;
  readonly objective: "energy" | "mean" | "caricature" | "neuron" | "direction";
  readonly at?: readonly [number, number];
  readonly file?: string;
}

/** Like `weights`; a layer may also have an objective. */
const layerWeights = z
  .union([
    name,
    z.array(name),
    z.record(z.string(), z.union([animated(ranges.weight, "Weight."), layerOptions])),
  ])
  .transform(
    (value) =>
      (plainForm("layers", value) ?? value) as Readonly<
        Record<string, AnimatedValue | LayerOptions>
      >,
  )
  .refine((map) => Object.keys(map).length <= maxNames, `more than ${maxNames} names`);

export const dream = z
  .strictObject({
    preset: z.enum(["google", "pytorch-deepdream", "hvass"]).optional().meta({
      description: "Published settings as defaults; other keys override them.",
    }),
    layers: layerWeights.optional().meta({
      description:
        "Layer to weight, or names alone, or weight, objective, at, file; layer:17 is one channel, layer:3-9 a range, layer:3,7-9 a list, layer:strongest-8, weakest-8 or random-8 channels by activation.",
    }),
    classes: weights.optional().meta({ description: "Class label to weight, or names alone." }),
    guide: pictureOrVideo({
      match: z.enum(["best", "mean"]).optional().meta({
        description:
          "best: each position follows its best matching feature; mean: all follow the mean feature.",
      }),
      strength: animated(
        ranges.share,
        "Share of the layers' weight that follows the guide, 0..1. Default 1.",
      ).optional(),
    })
      .optional()
      .meta({
        description:
          "A picture or video whose features the layers should resemble: a file, or image or video, match, strength.",
      }),
    octaves: animated(ranges.octaves, "Number of sizes the picture is dreamed at.").optional(),
    octaveScale: animated(ranges.octaveScale, "Ratio of one size to the next.").optional(),
    iterations: z
      .union([iterations, z.array(iterations).min(1).max(ranges.octaves.max)])
      .optional()
      .meta({
        description: "Steps: one number, or one per octave from the smallest to the largest.",
      }),
    stepSize: animated(
      ranges.stepSize,
      "Length of a step in 1/255 of full range. Default: the network's, or 1.25 with feedback; over moving sources times ((1 - feedback.amount) / 0.3)^1.5, at most 1.",
    ).optional(),
    jitter: animated(
      ranges.jitter,
      "px by which the picture is moved at random each step.",
    ).optional(),
    scaleJitter: animated(
      ranges.scaleJitter,
      "Share by which what the network sees is scaled at random each step, up or down. Default 0.",
    ).optional(),
    rotateJitter: animatedAngle(
      "Angle by which what the network sees is turned at random each step, either way. Default 0.",
      ranges.rotateJitter,
    ).optional(),
    smoothing: animated(
      ranges.smoothing,
      "Gaussian sigma in px on the gradient; 0 is off.",
    ).optional(),
    laplacian: animated(
      ranges.laplacian,
      "Levels of Laplacian-pyramid normalisation of the gradient; 0 is off.",
    ).optional(),
    totalVariation: animated(
      ranges.totalVariation,
      "Share by which each pixel moves towards the mean of its neighbours in each step; reduces grain.",
    ).optional(),
    l2: animated(
      ranges.l2,
      "Share by which each pixel moves towards mid-grey in each step; reduces glare.",
    ).optional(),
    space: z.enum(["pixels", "fourier"]).optional().meta({
      description:
        "What a step is steepest in: pixels (default), or fourier: Fourier coefficients with decorrelated colours, for classes out of noise.",
    }),
    tile: z
      .union([z.enum(["auto", "off"]), z.number().int().min(64).max(8192)])
      .optional()
      .meta({
        description:
          "Side in px of the tiles large pictures are dreamed in; auto (default) by predicted memory, or off.",
      }),
  })
  .meta({ description: "How each frame is dreamed." });

const pair = (
  range: Range,
  what: string,
): z.ZodType<[AnimatedValue, AnimatedValue], [number | string, number | string]> =>
  z.tuple([animated(range, what), animated(range, what)]);

export const motion = z
  .strictObject({
    zoom: animated(
      ranges.zoom,
      "Times per second about the centre; below 1 zooms out. Default 1.",
    ).optional(),
    rotate: animatedAngle(
      "Per second, clockwise: 6deg, 0.1turn, or degrees. Default 0.",
    ).optional(),
    tilt: animatedAngle(
      "Per second about the horizontal axis; above 0 moves the top edge away. Default 0.",
    ).optional(),
    turn: animatedAngle(
      "Per second about the vertical axis; above 0 moves the right edge away. Default 0.",
    ).optional(),
    fov: animated(
      ranges.fov,
      "Horizontal field of view of tilt and turn in degrees: wider is a stronger perspective. Default 60.",
    ).optional(),
    pan: pair(ranges.pan, "Fraction of the width per second.")
      .optional()
      .meta({ description: "[x, y] in fractions of the width per second. Default [0, 0]." }),
    center: pair(ranges.center, "Fraction.").optional().meta({
      description:
        "Fixed point of zoom, rotation, tilt and turn, fractions of width and height. Default [0.5, 0.5].",
    }),
    border: z.enum(["mirror", "replicate", "wrap", "source"]).optional().meta({
      description:
        "What lies beyond the edges of what moves: its mirror image (default), its last pixels, its other side, or the source.",
    }),
  })
  .meta({ description: "How the last output moves before it is fed back." });

export const feedback = z
  .strictObject({
    amount: animated(
      ranges.share,
      "Share of the carried last output at the start of the next frame, 0..1. Default 1 for noise and image, 0.8 for moving sources.",
    ).optional(),
    noise: animated(
      ranges.share,
      "Grain added to what is carried, standard deviation as a share of full range. Default 0.",
    ).optional(),
    sharpen: animated(
      ranges.sharpen,
      "Share of faint fine detail added each second to what is carried: against the softness of a long zoom. Default 0.",
    ).optional(),
    mode: z.enum(["replace", "residual"]).optional().meta({
      description:
        "replace: carry the dreamed picture; residual: carry only what the dream added. Default residual for moving sources, else replace.",
    }),
    warp: z.enum(["motion", "flow"]).optional().meta({
      description:
        "motion, or flow: the clip's optical flow, then motion. Default flow for moving sources.",
    }),
    occlusion: z.boolean().optional().meta({
      description:
        "With flow: restart from the source where something was hidden or revealed. Default true.",
    }),
    sceneCut: z.enum(["reset", "keep"]).optional().meta({
      description:
        "At a cut in the clip: reset starts from the source, keep continues. Default reset.",
    }),
  })
  .meta({ description: "How the last output enters the next frame." });

const matches = ["off", "first", "source"] as const;
const paletteMap = z.strictObject({ image: file });

/** A plain file name is a picture by its extension. */
const colorMatch = z
  .union([
    z.string().superRefine((value, ctx) => {
      if (matches.some((one) => one === value) || plainForm("match", value)) return;
      ctx.addIssue({
        code: "custom",
        message: `must be one of ${matches.join(", ")}, or a picture${didYouMean(value, matches)}`,
      });
    }),
    paletteMap,
  ])
  .transform(
    (value) =>
      (typeof value === "string" ? (plainForm("match", value) ?? value) : value) as
        | (typeof matches)[number]
        | z.infer<typeof paletteMap>,
  );

export const color = z
  .strictObject({
    match: colorMatch.optional().meta({
      description:
        "Hold mean and spread of the colours to the first frame, to each source frame, or to a picture: a file, or image. Default first.",
    }),
    keep: animated(
      ranges.share,
      "Share of the source's chroma in place of the dreamed one, 0..1: 1 keeps the original colours. Default 0.",
    ).optional(),
    saturation: animated(
      ranges.saturation,
      "Times the chroma, on every frame. Default 1.",
    ).optional(),
  })
  .meta({ description: "Colour stabilisation." });

export const matte = pictureOrVideo({
  strength: animated(ranges.share, "Strength, 0..1. Default 1.").optional(),
  invert: z.boolean().optional().meta({ description: "Dream where it is black." }),
}).meta({
  description:
    "A picture or video that selects where to dream: white inside, black outside. A file, or image or video, strength, invert.",
});

export const mix = animated(ranges.share, "Dreamed picture against the source, 0..1. Default 1.");
