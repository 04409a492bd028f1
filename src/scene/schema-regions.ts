/** Parts of the picture with dreams of their own. */
import { z } from "zod";
import { ranges } from "./ranges.ts";
import { dream } from "./schema-dream.ts";
import { pictureOrVideo } from "./schema-media.ts";
import { animated } from "./values.ts";

const maxRegions = 16;

const region = z.strictObject({
  matte: pictureOrVideo({
    strength: animated(
      ranges.share,
      "Share that the region takes where its matte is white, 0..1. Default 1.",
    ).optional(),
    invert: z.boolean().optional().meta({ description: "The region is where it is black." }),
  }).meta({
    description:
      "A picture or video that is white where the region is; greys are soft edges. A file, or image or video, strength, invert.",
  }),
  dream: dream
    .pick({ layers: true, classes: true, stepSize: true, iterations: true })
    .superRefine(({ layers, classes }, ctx) => {
      if (layers === undefined && classes === undefined)
        ctx.addIssue({ code: "custom", message: "has no layers and no classes to dream on" });
    })
    .meta({
      description:
        "What is dreamed there: layers, classes, stepSize, iterations. All else is as in dream.",
    }),
});

export const regions = z
  .array(region)
  .max(maxRegions)
  .superRefine((list, ctx) => {
    if (list.length === 0)
      ctx.addIssue({
        code: "custom",
        message:
          "is empty; write regions: [{ matte: sky.png, dream: { layers: motifs3 } }], or remove it",
      });
  })
  .meta({
    description:
      "Parts of the picture with a dream of their own, each with a matte. Elsewhere dream applies.",
  });

/** What a timeline entry may set of each region. */
export const regionKeys = z
  .array(
    z.strictObject({
      matte: z
        .strictObject({ strength: animated(ranges.share, "Strength of the region.") })
        .optional(),
      dream: dream
        .pick({ layers: true, classes: true, stepSize: true, iterations: true })
        .optional(),
    }),
  )
  .max(maxRegions)
  .meta({ description: "Values of each region, in the order of regions." });
