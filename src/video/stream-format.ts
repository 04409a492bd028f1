/** Determines how the pictures of a stream are stored: depth, transparency, interlacing and colour space. */
import type { ColorMeaning } from "../color/convert.ts";

/** The metadata of a stream, by ffmpeg's names. "unknown" has the same meaning as an absent value. */
export interface StreamTags {
  readonly codec?: string | undefined;
  readonly pixelFormat?: string | undefined;
  /** Coded size, px. */
  readonly width: number;
  readonly height: number;
  readonly matrix?: string | undefined;
  readonly primaries?: string | undefined;
  readonly transfer?: string | undefined;
  readonly range?: string | undefined;
  /** "progressive", or the field order. */
  readonly fieldOrder?: string | undefined;
  /** Whether a VP8 or VP9 stream has its transparency in a separate stream; only this tag says so. */
  readonly alphaBeside?: boolean | undefined;
}

export interface StreamFormat {
  /** More than 8 bits per channel. */
  readonly deep: boolean;
  readonly alpha: boolean;
  /** Frames may be interlaced; each frame is flagged individually. */
  readonly fields: boolean;
  /** The decoder to use instead of ffmpeg's default. */
  readonly decoder?: string;
  /** swscale's name of the RGB-to-YUV matrix; undefined for RGB, or if ffmpeg knows the matrix itself. */
  readonly matrix?: string;
  readonly range?: "full" | "limited";
  readonly color: ColorMeaning;
  /** The name of a matrix that swscale does not support. */
  readonly unknownMatrix?: string;
}

/** swscale's names of the matrices. */
const matrices: Readonly<Record<string, string>> = {
  bt709: "bt709",
  fcc: "fcc",
  bt470bg: "bt601",
  smpte170m: "bt601",
  smpte240m: "smpte240m",
  bt2020nc: "bt2020",
};

/** Decoders that read the separate transparency of VP8 and VP9. */
const besideDecoders: Readonly<Record<string, string>> = { vp8: "libvpx", vp9: "libvpx-vp9" };

/** The format of a stream from its metadata. Missing values get the defaults of common players. */
export function streamFormat(tags: StreamTags): StreamFormat {
  const { pixelFormat = "", codec, width, height, range } = tags;
  // For other codecs, ffmpeg's default decoder reads the transparency.
  const decoder = tags.alphaBeside ? besideDecoders[codec ?? ""] : undefined;
  const rgb = /^(?:gbr|0?rgb|0?bgr|argb|abgr|x2rgb|x2bgr|pal8|mono|xyz|bayer)/.test(pixelFormat);
  const alpha =
    tags.alphaBeside || /^(?:yuva|gbrap|rgba|bgra|argb|abgr|ya\d|pal8|ayuv|vuya)/.test(pixelFormat);
  const known = (tag: string | undefined): string | undefined =>
    tag === undefined || /^(?:unknown|unspecified|reserved|gbr)$/.test(tag) ? undefined : tag;
  const matrix = known(tags.matrix) ?? (isHigh(width, height) ? "bt709" : "smpte170m");
  const yuv = !rgb && /yuv|^nv|^p\d|^uyvy/.test(pixelFormat);
  const full = range === "pc" || /^yuvj/.test(pixelFormat);
  const yuvRange = full ? "full" : range === "tv" ? "limited" : undefined;
  return {
    deep: isDeep(pixelFormat),
    alpha,
    fields: !rgb && Math.min(width, height) > 3 && tags.fieldOrder !== "progressive",
    decoder,
    matrix: yuv ? matrices[matrix] : undefined,
    unknownMatrix: yuv && matrices[matrix] === undefined ? matrix : undefined,
    range: yuv ? yuvRange : undefined,
    color: {
      primaries:
        known(tags.primaries) ??
        primariesOf(rgb ? "bt709" : known(tags.matrix), known(tags.transfer), width, height),
      transfer: known(tags.transfer) ?? "bt709",
    },
  };
}

/** The format of a source filter's pictures. ffmpeg knows their colour space, so nothing is assumed. */
export function drawnFormat({ deep, alpha }: StreamFormat): StreamFormat {
  return { deep, alpha, fields: false, color: { primaries: "bt709", transfer: "bt709" } };
}

/** Whether an untagged clip counts as high definition. Source: mpv, `mp_csp_guess_colorspace`. */
function isHigh(width: number, height: number): boolean {
  return width >= 1280 || height > 576;
}

/** The primaries of a clip without that tag. Source: mpv, `mp_csp_guess_primaries`. */
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
