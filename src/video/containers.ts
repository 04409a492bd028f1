import { extname } from "node:path";
import type { Codec } from "../choices.ts";
import { DreamError } from "../errors.ts";

/** How an output file of one type is encoded. */
export interface Encoding {
  readonly encoder: string;
  readonly options: readonly string[];
  /** Whether chroma is stored at half size, which requires an even width and height. */
  readonly even: boolean;
  /** Sound encoder, or undefined if the container has no sound. */
  readonly audio: string | undefined;
  /** Sound codecs that the container can hold without re-encoding. */
  readonly audioCopies: readonly string[];
  readonly filter?: string;
}

const bt709 = [
  "-colorspace",
  "bt709",
  "-color_primaries",
  "bt709",
  "-color_trc",
  "bt709",
  "-color_range",
  "tv",
];
const toYuv = (format: string): string =>
  `scale=out_color_matrix=bt709:out_range=tv:flags=lanczos+accurate_rnd+full_chroma_int,format=${format}`;

/** Quality is x264's constant rate factor; other codecs use the value that looks alike. */
const codecs: Readonly<
  Record<Codec, (quality: number) => { encoder: string; options: string[]; format: string }>
> = {
  h264: (q) => ({
    encoder: "libx264",
    options: ["-preset", "medium", "-crf", String(q)],
    format: "yuv420p",
  }),
  h265: (q) => ({
    encoder: "libx265",
    options: [
      "-preset",
      "medium",
      "-crf",
      String(Math.min(51, q + 3)),
      "-tag:v",
      "hvc1",
      "-x265-params",
      "log-level=error",
    ],
    format: "yuv420p",
  }),
  vp9: (q) => ({
    encoder: "libvpx-vp9",
    options: [
      "-b:v",
      "0",
      "-crf",
      String(Math.min(63, Math.round(q * 1.4))),
      "-row-mt",
      "1",
      "-deadline",
      "good",
      "-cpu-used",
      "3",
    ],
    format: "yuv420p",
  }),
  av1: (q) => ({
    encoder: "libaom-av1",
    options: [
      "-b:v",
      "0",
      "-crf",
      String(Math.min(63, Math.round(q * 1.4))),
      "-cpu-used",
      "6",
      "-row-mt",
      "1",
      "-strict",
      "experimental",
    ],
    format: "yuv420p",
  }),
  prores: () => ({
    encoder: "prores_ks",
    // The frames carry colour tags, which the encoder omits otherwise.
    options: [
      ...["-profile:v", "3", "-vendor", "apl0"],
      ...["-bsf:v", "prores_metadata=color_primaries=bt709:color_trc=bt709:colorspace=bt709"],
    ],
    format: "yuv422p10le",
  }),
};

interface Container {
  readonly codecs: readonly Codec[];
  readonly audio: string;
  readonly audioCopies: readonly string[];
  readonly options: readonly string[];
}

const mp4Audio = { audio: "aac", audioCopies: ["aac", "mp3", "ac3", "alac"] };

const containers: Readonly<Record<string, Container>> = {
  ".mp4": {
    codecs: ["h264", "h265", "av1", "vp9"],
    ...mp4Audio,
    options: ["-movflags", "+faststart"],
  },
  ".mov": { codecs: ["h264", "h265", "prores"], ...mp4Audio, options: ["-movflags", "+faststart"] },
  ".mkv": {
    codecs: ["h264", "h265", "vp9", "av1", "prores"],
    audio: "aac",
    audioCopies: ["aac", "mp3", "ac3", "flac", "opus", "vorbis"],
    options: [],
  },
  ".webm": {
    codecs: ["vp9", "av1"],
    audio: "libopus",
    audioCopies: ["opus", "vorbis"],
    options: [],
  },
};

/** Animated pictures, without sound. */
const animations: Readonly<Record<string, Pick<Encoding, "encoder" | "options" | "filter">>> = {
  ".gif": {
    encoder: "gif",
    options: ["-loop", "0", "-f", "gif"],
    filter: "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=sierra2_4a",
  },
  ".webp": {
    encoder: "libwebp",
    // Without an explicit format, a path with %d would be read as a numbered picture.
    options: ["-loop", "0", "-quality", "85", "-pix_fmt", "yuv420p", "-f", "webp"],
  },
  ".apng": { encoder: "apng", options: ["-plays", "0", "-f", "apng", "-pix_fmt", "rgb24"] },
};

/** Every file extension of an output. */
export const outputEndings: readonly string[] = [
  ...Object.keys(containers),
  ...Object.keys(animations),
];

/** The encoding of `file`. Throws `USAGE` for an unknown extension and for a codec that the container cannot hold. */
export function chooseEncoding(file: string, codec: Codec | undefined, quality: number): Encoding {
  const ending = extname(file).toLowerCase();
  const animation = animations[ending];
  if (animation) return { ...animation, even: false, audio: undefined, audioCopies: [] };
  const container = containers[ending];
  if (!container) {
    throw new DreamError("USAGE", `"${ending || file}" is not a supported video type`, {
      where: file,
      hint: `Use ${outputEndings.join(" ")}, or a folder name ending in / for PNG frames.`,
    });
  }
  const chosen = codec ?? container.codecs[0]!;
  if (!container.codecs.includes(chosen)) {
    throw new DreamError("USAGE", `a ${ending} file cannot hold ${chosen}`, {
      where: file,
      hint: `Use output.codec: ${container.codecs.join(", ")}.`,
    });
  }
  const { encoder, options, format } = codecs[chosen](quality);
  return {
    encoder,
    options: [...options, ...bt709, ...container.options],
    even: true,
    audio: container.audio,
    audioCopies: container.audioCopies,
    filter: toYuv(format),
  };
}
