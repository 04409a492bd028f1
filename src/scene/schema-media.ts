/** Keys for input and output: source, network, sound, output. */
import { z } from "zod";
import { codecs } from "../choices.ts";
import { plainForm } from "./plain-forms.ts";
import { size, time } from "./values.ts";

export const file = z
  .string()
  .min(1)
  .max(4096)
  .refine((name) => !name.includes("\0"), "no file has a NUL character in its name");
const pictureShape = { image: file.optional(), video: file.optional() };

const outputMap = z.strictObject({
  file: file.optional().meta({
    description:
      "Output file: .mp4 .mov .webm .mkv .gif .webp .apng, or a folder name ending in / for PNG frames. Default: out/<scene>.mp4 in the current folder.",
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
  codec: z.enum(codecs).optional().meta({ description: "Default by file extension." }),
  keepFrames: z
    .union([z.boolean(), z.literal("auto")])
    .optional()
    .meta({
      description:
        "Keep the render cache with the frames as PNG after the render, so that an edited scene reuses it: auto keeps up to a share of the disk, true keeps all, false keeps nothing. Default auto.",
    }),
});

export const output = z
  .union([file, outputMap])
  .transform(
    (value) => (typeof value === "string" ? { file: value } : value) as z.infer<typeof outputMap>,
  )
  .meta({ description: "The output: a file name, or a map with file and other keys." });

const sourceMap = z
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
          start: time("Start time in the clip.").optional(),
          end: time("End time in the clip, exclusive.").optional(),
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
  });

export const source = z
  .union([
    file.superRefine((value, ctx) => {
      if (plainForm("source", value)) return;
      const kinds = ["image", "video", "frames", "lavfi"].map((kind) => `{ ${kind}: ${value} }`);
      ctx.addIssue({
        code: "custom",
        message: `"${value}" is ambiguous; write ${kinds.join(" or ")}`,
      });
    }),
    sourceMap,
  ])
  .transform(
    (value) =>
      (typeof value === "string" ? plainForm("source", value) : value) as z.infer<typeof sourceMap>,
  )
  .meta({
    description:
      "The pictures to dream on: exactly one of noise, image, video, frames, lavfi; or a file name from which the type is clear.",
  });

/** A file, or a map of `image` or `video` and more. */
export function pictureOrVideo<T extends z.ZodRawShape>(
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

export const model = z
  .union([
    z.string().min(1),
    z.strictObject({ file, preprocess: preprocess.optional(), labels: file.optional() }),
  ])
  .meta({
    description:
      "A network's name, the path of an .onnx file, or file with preprocess and labels. Default pocket.",
  });

/** Most networks of one scene. */
const maxModels = 8;

export const models = z
  .record(z.string(), model)
  .superRefine((map, ctx) => {
    for (const name of Object.keys(map)) {
      if (/^[\w-]+$/.test(name)) continue;
      const message = `a network's name has letters, digits, _ and - only, unlike "${name}"`;
      ctx.addIssue({ code: "custom", path: [name], message });
    }
  })
  .refine((map) => Object.keys(map).length > 0, "names no network; write models: { a: pocket }")
  .refine((map) => Object.keys(map).length <= maxModels, `more than ${maxModels} networks`)
  .meta({
    description:
      "Several networks that dream together: a short name to what model takes. Layers and classes are then NAME/LAYER, such as a/motifs3. In place of model.",
  });

export const audio = z
  .union([
    file,
    z.strictObject({
      file,
      mux: z.boolean().optional().meta({ description: "Add it to the video. Default true." }),
      attack: time("Rise time of levels. Default 10ms.").optional(),
      release: time("Fall time of levels and beats. Default 250ms.").optional(),
      bpm: z
        .union([z.number().min(20).max(400), z.literal("auto")])
        .optional()
        .meta({
          description:
            "Beats per minute, or auto to find them in the sound: for times such as 8b and 2bar, and for b in expressions.",
        }),
      offset: time(
        "Time of the first beat in the sound. Default 0, with bpm: auto what is found.",
      ).optional(),
      beatsPerBar: z
        .number()
        .int()
        .min(1)
        .max(32)
        .optional()
        .meta({ description: "Beats of a bar, for times such as 2bar. Default 4." }),
    }),
  ])
  .meta({
    description:
      "Sound for the video and for animation: a file, or file, mux, attack, release, bpm, offset, beatsPerBar.",
  });
