/** The scene language: the one list of keys, with what each means. */
import { z } from "zod";
import { audio, model, output, source } from "./schema-media.ts";
import { color, dream, feedback, matte, mix, motion, ranges } from "./schema-parameters.ts";
import { animated, easing, shotTime, time } from "./values.ts";

/** Of what can be many: enough for any film, and little enough to lay out at once. */
const max = { entries: 2000, shots: 1000 };

/** What an entry of the timeline may name: everything that can be animated. */
const key = z.strictObject({
  at: shotTime,
  ease: easing.optional(),
  dream: dream
    .omit({ preset: true, guide: true, tile: true })
    .extend({
      guide: z
        .strictObject({ strength: animated(ranges.share, "Share that follows the guide.") })
        .optional(),
    })
    .optional(),
  motion: motion.omit({ border: true }).optional(),
  feedback: feedback.pick({ amount: true, noise: true, sharpen: true }).optional(),
  color: color.pick({ saturation: true }).optional(),
  matte: z.strictObject({ strength: animated(ranges.share, "How much it counts.") }).optional(),
  mix: mix.optional(),
});

/** What each shot may have for itself. */
const shared = {
  source: source.optional(),
  duration: time("Length: 8s, 1:30 or 96f. Default: the clip's own.").optional(),
  seed: z
    .number()
    .int()
    .optional()
    .meta({ description: "Same scene, seed and engine: the same frames. Default 1." }),
  model: model.optional(),
  dream: dream.optional(),
  motion: motion.optional(),
  feedback: feedback.optional(),
  color: color.optional(),
  matte: matte.optional(),
  mix: mix.optional(),
  timeline: z
    .array(key)
    .max(max.entries)
    .optional()
    .meta({ description: "Each entry changes what it names, arriving at its time." }),
};

const shot = z.strictObject({
  title: z.string().optional(),
  transition: z
    .union([
      z.literal("cut"),
      z.strictObject({ crossfade: time("How long both are seen: 1s or 24f.") }),
    ])
    .optional()
    .meta({ description: "How it follows the shot before: cut (default) or crossfade: 1s." }),
  ...shared,
});

/** A whole scene. */
export const sceneSchema = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().optional(),
  output: output.optional(),
  engine: z
    .enum(["auto", "cpu", "webgpu", "cuda", "tfjs"])
    .optional()
    .meta({ description: "What computes. Default auto." }),
  ...shared,
  shots: z
    .array(shot)
    .min(1)
    .max(max.shots)
    .optional()
    .meta({ description: "Shots in a row, each a piece of scene over what is said at the top." }),
  loop: z.boolean().optional().meta({
    description: "Make the last frame run into the first. Default false.",
  }),
  audio: audio.optional(),
});

/** What the schema lets through, as written. */
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
