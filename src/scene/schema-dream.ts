/** Keys of the dream: layers, classes, guide and their numbers. */
import { z } from "zod";
import { ascentSpaces, guideMatches, presetNames } from "../choices.ts";
import { dreamNumberTable, mapDreamNumbers } from "./dream-numbers.ts";
import { plainForm } from "./plain-forms.ts";
import { ranges } from "./ranges.ts";
import { pictureOrVideo } from "./schema-media.ts";
import { type AnimatedValue, animated, animatedAngle } from "./values.ts";

const numbers = mapDreamNumbers(({ range, isAngle, meaning }) =>
  (isAngle ? animatedAngle(meaning, range) : animated(range, meaning)).optional(),
);

const weightMeaning =
  "Weight: how strongly it is amplified beside the others; below 0 it is reduced.";
const iterations = animated(ranges.iterations, "Steps.");

const maxNames = 512;
const name = z.string().min(1);
/** Names to weights; a name, or a list of them, has the weight 1. */
const weights = z
  .union([name, z.array(name), z.record(z.string(), animated(ranges.weight, weightMeaning))])
  .transform(
    (value) => (plainForm("layers", value) ?? value) as Readonly<Record<string, AnimatedValue>>,
  )
  .refine((map) => Object.keys(map).length <= maxNames, `more than ${maxNames} names`);

/** A layer's weight with what of it is amplified. */
const layerOptions = z
  .strictObject({
    weight: animated(ranges.weight, `${weightMeaning} Default 1.`).optional(),
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
      at,
      file,
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
    z.record(z.string(), z.union([animated(ranges.weight, weightMeaning), layerOptions])),
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
    preset: z.enum(presetNames).optional().meta({
      description: "Published settings as defaults; other keys override them.",
    }),
    layers: layerWeights.optional().meta({
      description:
        "Layer to weight, or names alone, or weight, objective, at, file; layer:17 is one channel, layer:3-9 a range, layer:3,7-9 a list, layer:strongest-8, weakest-8 or random-8 channels by activation.",
    }),
    classes: weights.optional().meta({ description: "Class label to weight, or names alone." }),
    guide: pictureOrVideo({
      match: z.enum(guideMatches).optional().meta({
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
    ...numbers,
    iterations: z
      .union([iterations, z.array(iterations).min(1).max(dreamNumberTable.octaves.range.max)])
      .optional()
      .meta({
        description: "Steps: one number, or one per octave from the smallest to the largest.",
      }),
    space: z.enum(ascentSpaces).optional().meta({
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
