/** Parameters that can change over time: motion, feedback, colour, matte and mix. */
import { z } from "zod";
import { borders, feedbackModes, feedbackWarps, sceneCutRules } from "../choices.ts";
import { didYouMean } from "./did-you-mean.ts";
import { plainForm } from "./plain-forms.ts";
import { ranges } from "./ranges.ts";
import { file, pictureOrVideo } from "./schema-media.ts";
import { type AnimatedValue, animated, animatedAngle, type Range } from "./values.ts";

/** Most frames from one dreamed frame to the next: all sources between them are in memory. */
const mostEvery = 24;

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
    border: z.enum(borders).optional().meta({
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
    mode: z.enum(feedbackModes).optional().meta({
      description:
        "replace: carry the dreamed picture; residual: carry only what the dream added. Default residual for moving sources, else replace.",
    }),
    warp: z.enum(feedbackWarps).optional().meta({
      description:
        "motion, or flow: the clip's optical flow, then motion. Default flow for moving sources.",
    }),
    occlusion: z.boolean().optional().meta({
      description:
        "With flow: restart from the source where something was hidden or revealed. Default true.",
    }),
    sceneCut: z.enum(sceneCutRules).optional().meta({
      description:
        "At a cut in the clip: reset starts from the source, keep continues. Default reset.",
    }),
    every: z
      .number()
      .int("must be a whole number of frames")
      .min(1)
      .max(mostEvery)
      .optional()
      .meta({
        description: `Dream every n-th frame, 1 to ${mostEvery}, and carry those between from both: nearly n times as fast. Default 1.`,
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
  strength: animated(
    ranges.share,
    "Strength of the dream inside the matte, 0..1. Default 1.",
  ).optional(),
  invert: z.boolean().optional().meta({ description: "Dream where it is black." }),
}).meta({
  description:
    "A picture or video that selects where to dream: white inside, black outside. A file, or image or video, strength, invert.",
});

export const mix = animated(ranges.share, "Dreamed picture against the source, 0..1. Default 1.");
