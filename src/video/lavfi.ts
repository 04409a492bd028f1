/**
 * Checks an ffmpeg filter graph of a scene, which is untrusted input. Filters can read and write files, open sockets
 * and run plugins, so only filters that are known to do nothing but draw or change pictures are allowed. Source of
 * the grammar: libavfilter/graphparser.c and libavutil/avstring.c (`av_get_token`).
 */
import { DreamError } from "../errors.ts";

const allowed = new Set(
  // Sources.
  (
    "allrgb allyuv cellauto color colorchart colorspectrum gradients haldclutsrc life mandelbrot mptestsrc nullsrc " +
    "pal75bars pal100bars perlin rgbtestsrc sierpinski smptebars smptehdbars testsrc testsrc2 yuvtestsrc zoneplate " +
    // Sound, and pictures of it.
    "aevalsrc anoisesrc sine aformat volume avectorscope showfreqs showspectrum showwaves " +
    // Colour.
    "chromashift colorbalance colorchannelmixer colorcontrast colorcorrect colorhold colorize colorlevels colortemperature " +
    "eq exposure geq grayworld greyedge histeq hue limiter lut lutrgb lutyuv monochrome negate normalize pseudocolor " +
    "rgbashift selectivecolor shuffleplanes vibrance " +
    // Keys, masks, several pictures in one.
    "alphaextract alphamerge blend chromakey colorkey concat displace hstack lumakey maskedmerge mix overlay split tblend " +
    "vstack xfade xstack " +
    // Light and texture.
    "avgblur bilateral boxblur convolution dblur dilation edgedetect elbg erosion gblur kirsch median noise prewitt " +
    "roberts sharpen smartblur sobel unsharp vignette " +
    // Shape.
    "crop drawbox drawgrid fillborders format framestep fps hflip lagfun lenscorrection pad perspective pixelize rotate " +
    "scale scroll setdar setpts setsar settb shear swapuv trim transpose vflip v360 zoompan fade shuffleframes " +
    "null select"
  ).split(" "),
);

/** Filters whose first unnamed option is a file. */
const named = new Set(["cellauto", "life"]);
/** Options of allowed filters that name files. */
const fileOptions = new Set(["filename", "f"]);

const space = /[ \n\t\r]/;

/**
 * Throws `FILTER_REFUSED` for a graph with a filter that is not allowed, an option that reads a file, or a syntax
 * error.
 */
export function checkLavfi(graph: string): void {
  const reader = new Reader(graph);
  for (;;) {
    reader.labels();
    const [name = "", ...id] = reader.token("=,;[").split("@");
    if (!allowed.has(name) || id.length > 1) {
      throw refused(name === "" ? "a filter has no name" : `the filter "${name}" is not allowed`);
    }
    if (reader.take("=")) checkOptions(name, reader.token("[],;"));
    reader.labels();
    if (reader.done) return;
    if (!reader.take(",") && !reader.take(";")) throw refused("it is not a valid filter graph");
  }
}

/** Check the options of a filter, after the quoting of the graph has been removed. */
function checkOptions(filter: string, text: string): void {
  const reader = new Reader(text);
  do {
    const key = reader.key();
    if (key?.startsWith("/")) throw refused(`"${key}" reads an option from a file`);
    if (named.has(filter) && (key === undefined || fileOptions.has(key)))
      throw refused(`${filter} must have named options, and no file`);
    reader.token(":");
  } while (reader.take(":"));
}

function refused(why: string): DreamError {
  return new DreamError("FILTER_REFUSED", `this lavfi source is refused: ${why}`, {
    hint: `Allowed filters: ${[...allowed].join(", ")}. For any other filter, make a clip with ffmpeg first.`,
  });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Skip labels such as `[in][out]`. */
  labels(): void {
    this.#skip();
    while (this.#text[this.#at] === "[") {
      const end = this.#text.indexOf("]", this.#at);
      if (end < 0) throw refused("a label is never closed");
      this.#at = end + 1;
      this.#skip();
    }
  }

  /** The option name before an `=`, with the leading slash that newer ffmpegs allow; undefined if there is none. */
  key(): string | undefined {
    const match = /^\s*(\/?\w+)\s*=/.exec(this.#text.slice(this.#at));
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[1];
  }

  /** The text before any of `ends`, unescaped as by ffmpeg: `\x` is x, and quoted text is literal. */
  token(ends: string): string {
    this.#skip();
    let text = "";
    // Trailing spaces are dropped unless they are quoted.
    let kept = 0;
    while (!this.done && !ends.includes(this.#text[this.#at]!)) {
      const character = this.#text[this.#at++]!;
      if (character === "\\" && !this.done) {
        text += this.#text[this.#at++];
        kept = text.length;
      } else if (character === "'") {
        const close = this.#text.indexOf("'", this.#at);
        const end = close < 0 ? this.#text.length : close;
        text += this.#text.slice(this.#at, end);
        this.#at = end + 1;
        kept = text.length;
      } else text += character;
    }
    while (text.length > kept && space.test(text.at(-1)!)) text = text.slice(0, -1);
    return text;
  }

  #skip(): void {
    while (space.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
