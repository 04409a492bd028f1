/** The scene language: the one list of keys, with what each means. */
import { z } from "zod";
import { animated, animatedAngle, anyNumber, notYet, type Range, size, time } from "./values.ts";

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
    guide: z
      .union([file, z.strictObject({ image: file, match: z.enum(["best", "mean"]).optional() })])
      .optional()
      .meta({
        description:
          "A picture whose features the layers are to resemble: a file, or image and match: best (each place follows what fits it best) or mean.",
      }),
    octaves: animated(ranges.octaves, "Number of sizes the picture is dreamed at.").optional(),
    octaveScale: animated(ranges.octaveScale, "Ratio of one size to the next.").optional(),
    iterations: z
      .union([iterations, z.array(iterations).min(1)])
      .optional()
      .meta({
        description: "Steps: one number, or one per octave from the smallest to the largest.",
      }),
    stepSize: animated(ranges.stepSize, "Length of a step in 1/255 of full range.").optional(),
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
        "replace: carry the dreamed picture; residual: carry only what the dream added. Default replace.",
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

/** A whole scene. */
export const sceneSchema = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().optional(),
  output: output.optional(),
  source,
  duration: time("Length: 8s, 1:30 or 96f. Default: the clip's own.").optional(),
  seed: z
    .number()
    .int()
    .optional()
    .meta({ description: "Same scene, seed and engine: the same frames. Default 1." }),
  model: model.optional(),
  engine: z
    .enum(["auto", "cpu", "webgpu", "cuda", "tfjs"])
    .optional()
    .meta({ description: "What computes. Default auto." }),
  dream: dream.optional(),
  motion: motion.optional(),
  feedback: feedback.optional(),
  color: color.optional(),
  mix: animated(ranges.share, "Dreamed picture against the source, 0..1. Default 1.").optional(),
  timeline: notYet("timeline").optional(),
  shots: notYet("shots").optional(),
  loop: notYet("loop").optional(),
  audio: notYet("audio").optional(),
});

/** What the schema lets through, as written. */
export type RawScene = z.infer<typeof sceneSchema>;

/** JSON Schema of the language, for editors. */
export function sceneJsonSchema(): Record<string, unknown> {
  return {
    title: "dreamreel scene",
    ...z.toJSONSchema(sceneSchema, { io: "input", unrepresentable: "any" }),
  };
}
