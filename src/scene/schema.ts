/** The scene language: the one list of keys, with what each means. */
import { z } from "zod";
import {
  animated,
  animatedAngle,
  anyNumber,
  easing,
  notYet,
  type Range,
  shotTime,
  size,
  time,
} from "./values.ts";

/** Ranges of what can be animated; also checked on every frame. */
export const ranges = {
  weight: { min: -1000, max: 1000 },
  octaves: { min: 1, max: 20 },
  octaveScale: { min: 1.05, max: 4 },
  iterations: { min: 0, max: 1000 },
  stepSize: { min: 0, max: 255 },
  jitter: { min: 0, max: 512 },
  smoothing: { min: 0, max: 50 },
  laplacian: { min: 0, max: 10 },
  totalVariation: { min: 0, max: 1 },
  l2: { min: 0, max: 1 },
  zoom: { min: 0.01, max: 100 },
  rotate: anyNumber,
  pan: { min: -100, max: 100 },
  center: { min: -10, max: 10 },
  share: { min: 0, max: 1 },
  saturation: { min: 0, max: 4 },
} as const satisfies Record<string, Range>;

const file = z.string().min(1);
const pictureShape = { image: file.optional(), video: file.optional() };

const output = z
  .strictObject({
    file: file.optional().meta({
      description:
        "Where the video goes: .mp4 .mov .webm .mkv .gif .webp .apng, or a folder name ending in / for PNG frames. Default: out/<scene>.mp4 beside the scene.",
    }),
    size: size.optional(),
    fps: z.number().positive().max(240).optional().meta({
      description:
        "Frames per second; 23.976 and 29.97 are exact. Default: the source's own, else 24.",
    }),
    quality: z
      .number()
      .int()
      .min(0)
      .max(51)
      .optional()
      .meta({ description: "Constant rate factor; lower is better and larger. Default 18." }),
    codec: z
      .enum(["h264", "h265", "vp9", "av1", "prores"])
      .optional()
      .meta({ description: "Default by file ending." }),
    keepFrames: notYet("keepFrames").optional(),
  })
  .meta({ description: "The video that comes out." });

const source = z
  .strictObject({
    noise: z
      .strictObject({
        seed: z.number().int().optional(),
        scale: z.number().min(1).max(100).optional(),
      })
      .optional()
      .meta({
        description:
          "Coloured fractal noise; scale is the number of the largest blobs along the short side.",
      }),
    image: file.optional().meta({ description: "A picture." }),
    video: z
      .union([
        file,
        z.strictObject({
          file,
          start: time("Where to begin in the clip.").optional(),
          end: time("Where to end in the clip, exclusive.").optional(),
          audio: z
            .enum(["keep", "drop"])
            .optional()
            .meta({ description: "The clip's sound. Default keep." }),
        }),
      ])
      .optional()
      .meta({ description: "A clip: a file, or file, start, end, audio." }),
    frames: file.optional().meta({
      description: "A folder of pictures, or a numbered pattern such as frames/%05d.png.",
    }),
    lavfi: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "An ffmpeg source filter, such as mandelbrot=size=640x360:rate=24." }),
  })
  .superRefine((value, ctx) => {
    const given = Object.keys(value);
    if (given.length !== 1) {
      ctx.addIssue({
        code: "custom",
        message: `source needs exactly one of noise, image, video, frames, lavfi; it has ${given.length === 0 ? "none" : given.join(", ")}`,
      });
    }
  })
  .meta({
    description: "What is dreamed over: exactly one of noise, image, video, frames, lavfi.",
  });

/** A file, or a map of `image` or `video` and more. */
function pictureOrVideo<T extends z.ZodRawShape>(
  more: T,
): z.ZodUnion<[typeof file, z.ZodObject<T & typeof pictureShape, z.core.$strict>]> {
  const map = z.strictObject({ ...pictureShape, ...more }).superRefine((value, ctx) => {
    if (Number("image" in value) + Number("video" in value) !== 1)
      ctx.addIssue({ code: "custom", message: "needs exactly one of image, video" });
  });
  return z.union([file, map]) as never;
}

const preprocess = z.strictObject({
  channels: z.enum(["RGB", "BGR"]).optional(),
  scale: z.enum(["0..1", "0..255"]).optional(),
  mean: z.array(z.number()).length(3).optional(),
  std: z.array(z.number().positive()).length(3).optional(),
});

const model = z
  .union([
    z.string().min(1),
    z.strictObject({ file, preprocess: preprocess.optional(), labels: file.optional() }),
  ])
  .meta({
    description:
      "A network's name, the path of an .onnx file, or file with preprocess and labels. Default pocket.",
  });

const iterations = animated(ranges.iterations, "Steps.");

const dream = z
  .strictObject({
    preset: z.enum(["google", "pytorch-deepdream", "hvass"]).optional().meta({
      description: "Published settings to start from; what else is given overrides them.",
    }),
    layers: z.record(z.string(), animated(ranges.weight, "Weight.")).optional().meta({
      description:
        "Layer to weight; layer:17 is one channel, layer:3-9 a range, layer:3,7-9 a list.",
    }),
    classes: z
      .record(z.string(), animated(ranges.weight, "Weight."))
      .optional()
      .meta({ description: "Class label to weight." }),
    guide: pictureOrVideo({
      match: z.enum(["best", "mean"]).optional().meta({
        description:
          "best: each place follows what fits it best; mean: all follow the mean feature.",
      }),
      strength: animated(
        ranges.share,
        "Share of the layers' weight that follows the guide, 0..1. Default 1.",
      ).optional(),
    })
      .optional()
      .meta({
        description:
          "A picture or video whose features the layers are to resemble: a file, or image or video, match, strength.",
      }),
    octaves: animated(ranges.octaves, "Number of sizes the picture is dreamed at.").optional(),
    octaveScale: animated(ranges.octaveScale, "Ratio of one size to the next.").optional(),
    iterations: z
      .union([iterations, z.array(iterations).min(1)])
      .optional()
      .meta({
        description: "Steps: one number, or one per octave from the smallest to the largest.",
      }),
    stepSize: animated(
      ranges.stepSize,
      "Length of a step in 1/255 of full range. Default: the network's; over moving sources times (1 - feedback.amount)^1.5.",
    ).optional(),
    jitter: animated(
      ranges.jitter,
      "px by which the picture is moved at random each step.",
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
      "Share of the way to the mean of its neighbours each pixel goes each step: against grain.",
    ).optional(),
    l2: animated(
      ranges.l2,
      "Share of the way to mid-grey each pixel goes each step: against glare.",
    ).optional(),
    tile: z
      .union([z.enum(["auto", "off"]), z.number()])
      .superRefine((value, ctx) => {
        if (typeof value === "number")
          ctx.addIssue({
            code: "custom",
            message: "a tile size in px is not there yet; leave it out",
            params: { notYet: true },
          });
      })
      .optional()
      .meta({ description: "auto or off; a size in px is not there yet." }),
  })
  .meta({ description: "How each frame is dreamed." });

const pair = (range: Range, what: string): z.ZodType<[number | string, number | string]> =>
  z.tuple([animated(range, what), animated(range, what)]);

const motion = z
  .strictObject({
    zoom: animated(
      ranges.zoom,
      "Times per second about the centre; below 1 zooms out. Default 1.",
    ).optional(),
    rotate: animatedAngle(
      "Per second, clockwise: 6deg, 0.1turn, or degrees. Default 0.",
    ).optional(),
    pan: pair(ranges.pan, "Fraction of the width per second.")
      .optional()
      .meta({ description: "[x, y] in fractions of the width per second. Default [0, 0]." }),
    center: pair(ranges.center, "Fraction.").optional().meta({
      description:
        "Fixed point of zoom and rotation, fractions of width and height. Default [0.5, 0.5].",
    }),
  })
  .meta({ description: "How the last output moves before it is fed back." });

const feedback = z
  .strictObject({
    amount: animated(
      ranges.share,
      "Share of the carried last output at the start of the next frame, 0..1. Default 1 for noise and image, 0.8 for moving sources.",
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
      description: "With flow: start anew where something was hidden or revealed. Default true.",
    }),
    sceneCut: z.enum(["reset", "keep"]).optional().meta({
      description: "Start anew where a clip cuts to another shot, or keep. Default reset.",
    }),
  })
  .meta({ description: "How the last output enters the next frame." });

const color = z
  .strictObject({
    match: z.enum(["off", "first", "source"]).optional().meta({
      description:
        "Hold mean and spread of the colours to the first frame, or to each source frame. Default first.",
    }),
    saturation: animated(
      ranges.saturation,
      "Times the chroma, on every frame. Default 1.",
    ).optional(),
  })
  .meta({ description: "What keeps the colours from drifting." });

const matte = pictureOrVideo({
  strength: animated(ranges.share, "How much it counts, 0..1. Default 1.").optional(),
  invert: z.boolean().optional().meta({ description: "Dream where it is black." }),
}).meta({
  description:
    "A picture or video that says where to dream: white inside, black outside. A file, or image or video, strength, invert.",
});

const mix = animated(ranges.share, "Dreamed picture against the source, 0..1. Default 1.");

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
  motion: motion.optional(),
  feedback: feedback.pick({ amount: true }).optional(),
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

const audio = z
  .union([
    file,
    z.strictObject({
      file,
      mux: z.boolean().optional().meta({ description: "Put it under the video. Default true." }),
      attack: time("How fast levels rise. Default 10ms.").optional(),
      release: time("How fast levels and beats fall. Default 250ms.").optional(),
    }),
  ])
  .meta({ description: "A sound to hear and to follow: a file, or file, mux, attack, release." });

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
