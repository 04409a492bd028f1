/** The scene language: the single list of keys with their descriptions. */
import { z } from "zod";
import { engineChoices } from "../choices.ts";
import { ranges } from "./ranges.ts";
import { dream } from "./schema-dream.ts";
import { audio, model, models, output, source } from "./schema-media.ts";
import { color, feedback, matte, mix, motion } from "./schema-parameters.ts";
import { regionKeys, regions } from "./schema-regions.ts";
import { animated, easing, shotTime, time } from "./values.ts";

/** Limits for lists: enough for any film and small enough to lay out at once. */
const max = { entries: 2000, shots: 1000 };

/** The keys of a timeline entry: all animatable parameters. */
const key = z.strictObject({
  at: shotTime,
  ease: easing.optional(),
  dream: dream
    .omit({ preset: true, guide: true, tile: true })
    .extend({
      guide: z
        .strictObject({
          strength: animated(ranges.share, "Share of the weight that follows the guide."),
        })
        .optional(),
    })
    .optional(),
  motion: motion.omit({ border: true }).optional(),
  feedback: feedback.pick({ amount: true, noise: true, sharpen: true }).optional(),
  color: color.pick({ saturation: true, keep: true }).optional(),
  matte: z.strictObject({ strength: animated(ranges.share, "Strength of the matte.") }).optional(),
  regions: regionKeys.optional(),
  mix: mix.optional(),
});

/** Keys that each shot may set. */
const shared = {
  source: source.optional(),
  duration: time("Length: 8s, 1:30, 96f or 16b. Default: the clip's own.").optional(),
  seed: z
    .number()
    .int()
    .optional()
    .meta({ description: "Same scene, seed and engine: the same frames. Default 1." }),
  model: model.optional(),
  models: models.optional(),
  dream: dream.optional(),
  motion: motion.optional(),
  feedback: feedback.optional(),
  color: color.optional(),
  matte: matte.optional(),
  regions: regions.optional(),
  mix: mix.optional(),
  timeline: z
    .array(key)
    .max(max.entries)
    .optional()
    .meta({ description: "Each entry sets values that are reached at its time." }),
};

const shot = z.strictObject({
  title: z.string().optional(),
  transition: z
    .union([
      z.literal("cut"),
      z.strictObject({ crossfade: time("Duration of the crossfade: 1s, 24f or 2b.") }),
    ])
    .optional()
    .meta({ description: "Transition from the shot before: cut (default) or crossfade: 1s." }),
  ...shared,
});

/** A whole scene. */
export const sceneSchema = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().optional(),
  output: output.optional(),
  engine: z
    .enum(engineChoices)
    .optional()
    .meta({ description: "Engine that computes. Default auto." }),
  ...shared,
  shots: z
    .array(shot)
    .min(1)
    .max(max.shots)
    .optional()
    .meta({ description: "Consecutive shots; each overrides values of the scene's top level." }),
  loop: z.boolean().optional().meta({
    description: "Make the last frame continue into the first. Default false.",
  }),
  audio: audio.optional(),
  farm: z
    .strictObject({
      split: time("Length of a piece: 8s, 200f or 4bar."),
      preroll: time(
        "How much earlier each piece starts; over this time neighbours cross-fade. Default 1s.",
      ).optional(),
    })
    .optional()
    .meta({
      description:
        "Split a long feedback over a clip into pieces that several machines dream at once; the seams are approximate.",
    }),
});

/** A valid scene as written. */
export type RawScene = z.infer<typeof sceneSchema>;
/** One shot of it. */
export type RawShot = z.infer<typeof shot>;
/** An entry of the timeline. */
export type RawKey = z.infer<typeof key>;

/** JSON Schema of the language, for editors. */
export function sceneJsonSchema(): Record<string, unknown> {
  return {
    title: "dreamreel scene",
    ...z.toJSONSchema(sceneSchema, { io: "input", unrepresentable: "any" }),
  };
}
