/** How the pictures of a stream are stored: depth, transparency, fields, and what their numbers mean. */
import type { ColorMeaning } from "../color/convert.ts";

/** What a file says of a stream, by ffmpeg's names; "unknown" and nothing are the same. */
export interface StreamTags {
  readonly codec?: string | undefined;
  readonly pixelFormat?: string | undefined;
  /** px as coded. */
  readonly width: number;
  readonly height: number;
  readonly matrix?: string | undefined;
  readonly primaries?: string | undefined;
  readonly transfer?: string | undefined;
  readonly range?: string | undefined;
  /** "progressive", or the order of its fields. */
  readonly fieldOrder?: string | undefined;
  /** VP8 and VP9 keep transparency beside the stream, and say so here alone. */
  readonly alphaBeside?: boolean | undefined;
}

export interface StreamFormat {
  /** More than 8 bits per channel. */
  readonly deep: boolean;
  readonly alpha: boolean;
  /** Frames may consist of two fields; each says for itself whether it does. */
  readonly fields: boolean;
  /** A decoder to be used instead of ffmpeg's first choice. */
  readonly decoder?: string;
  /** swscale's name of the matrix that made YUV of RGB; undefined for RGB and where ffmpeg is to know. */
  readonly matrix?: string;
  readonly range?: "full" | "limited";
  readonly color: ColorMeaning;
  /** A matrix that ffmpeg does not know. */
  readonly unknownMatrix?: string;
}

/** swscale's names. */
const matrices: Readonly<Record<string, string>> = {
  bt709: "bt709",
  fcc: "fcc",
  bt470bg: "bt601",
  smpte170m: "bt601",
  smpte240m: "smpte240m",
  bt2020nc: "bt2020",
};

/** Those that read what VP8 and VP9 keep beside the stream. */
const besideDecoders: Readonly<Record<string, string>> = { vp8: "libvpx", vp9: "libvpx-vp9" };

/** Make out how the pictures of a file are stored; what it does not say is what players take it for. */
export function streamFormat(tags: StreamTags): StreamFormat {
  const { pixelFormat = "", codec, width, height, range } = tags;
  // Of other codecs, ffmpeg's own decoder knows it.
  const decoder = tags.alphaBeside ? besideDecoders[codec ?? ""] : undefined;
  const rgb = /^(?:gbr|0?rgb|0?bgr|argb|abgr|x2rgb|x2bgr|pal8|mono|xyz|bayer)/.test(pixelFormat);
  const alpha =
    tags.alphaBeside || /^(?:yuva|gbrap|rgba|bgra|argb|abgr|ya\d|pal8|ayuv|vuya)/.test(pixelFormat);
  const known = (tag: string | undefined): string | undefined =>
    tag === undefined || /^(?:unknown|unspecified|reserved|gbr)$/.test(tag) ? undefined : tag;
  const matrix = known(tags.matrix) ?? (isHigh(width, height) ? "bt709" : "smpte170m");
  const swscale = matrices[matrix];
  const full = range === "pc" || /^yuvj/.test(pixelFormat);
  return {
    deep: isDeep(pixelFormat),
    alpha,
    fields: !rgb && Math.min(width, height) > 3 && tags.fieldOrder !== "progressive",
    ...(decoder ? { decoder } : {}),
    ...(rgb || !/yuv|^nv|^p\d|^uyvy/.test(pixelFormat)
      ? {}
      : {
          ...(swscale === undefined ? { unknownMatrix: matrix } : { matrix: swscale }),
          ...(full
            ? { range: "full" as const }
            : range === "tv"
              ? { range: "limited" as const }
              : {}),
        }),
    color: {
      primaries:
        known(tags.primaries) ??
        primariesOf(rgb ? "bt709" : known(tags.matrix), known(tags.transfer), width, height),
      transfer: known(tags.transfer) ?? "bt709",
    },
  };
}

/** The same where a source filter draws: ffmpeg knows what it has made, and nothing is guessed. */
export function drawnFormat({ deep, alpha }: StreamFormat): StreamFormat {
  return { deep, alpha, fields: false, color: { primaries: "bt709", transfer: "bt709" } };
}

/** Whether an untagged clip is taken for high definition. Source: mpv, `mp_csp_guess_colorspace`. */
function isHigh(width: number, height: number): boolean {
  return width >= 1280 || height > 576;
}

/** Primaries of a clip that does not say. Source: mpv, `mp_csp_guess_primaries`. */
function primariesOf(
  matrix: string | undefined,
  transfer: string | undefined,
  width: number,
  height: number,
): string {
  if (matrix?.startsWith("bt2020") || transfer === "smpte2084" || transfer === "arib-std-b67")
    return "bt2020";
  if (matrix === "bt709" || isHigh(width, height)) return "bt709";
  if (height === 576) return "bt470bg";
  return height === 480 || height === 486 || height === 488 ? "smpte170m" : "bt709";
}

function isDeep(pixelFormat: string): boolean {
  return /(?:p|gbrp|gray|rgb|x2\w*|ya|bgra|rgba|ayuv|p0|y2)(?:9|10|12|14|16|48|64)|f32/.test(
    pixelFormat,
  );
}
