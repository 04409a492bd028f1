import type { Frame } from "../frame.ts";
import { isKnownPrimaries, type Matrix, toBt709 } from "./primaries.ts";
import { toneMap } from "./tone-map.ts";
import {
  type Curve,
  curveOf,
  hdrPeak,
  hlgGain,
  referenceWhite,
  toLight,
  toSignal,
} from "./transfer.ts";

/** The colour space of an RGB picture, by ffmpeg's names. */
export interface ColorMeaning {
  readonly primaries: string;
  readonly transfer: string;
  /** Peak luminance of a PQ picture, cd/m²; default 1000. */
  readonly peak?: number;
}

export interface ColorConversion {
  /** Converts a frame to sRGB in place; undefined if it needs no conversion. */
  readonly apply?: (frame: Frame) => void;
  /** A message for the user. */
  readonly notice?: string;
}

/** Steps of the lookup tables: those of 16 bits. */
const steps = 65535;
/** Luminance coefficients of BT.2020. */
const [ofRed, ofGreen, ofBlue] = [0.2627, 0.678, 0.0593];

/**
 * The conversion of a colour space to sRGB. Primaries are converted to BT.709 in linear light; white stays white, and
 * colours outside the gamut are clipped. HDR is tone-mapped by the brightest channel, which preserves hues. HLG is shown
 * on a display of 1000 cd/m². An unknown space is not converted, and the notice says so.
 */
export function convertColors({ primaries, transfer, peak }: ColorMeaning): ColorConversion {
  const curve = curveOf(transfer);
  if (curve === undefined || !isKnownPrimaries(primaries)) {
    const unknown = curve === undefined ? `transfer ${transfer}` : `primaries ${primaries}`;
    return { notice: `its colours (${unknown}) are not converted and may come out wrong` };
  }
  if (curve === "sdr" && primaries === "bt709") return {};
  const hdr = curve === "pq" || curve === "hlg";
  return {
    apply: converter(
      curve,
      toBt709(primaries),
      curve === "pq" ? Math.max(referenceWhite, peak ?? hdrPeak) : hdrPeak,
    ),
    notice: hdr
      ? `it is HDR (${curve.toUpperCase()}) and is tone-mapped to SDR, as outputs are SDR`
      : undefined,
  };
}

function converter(curve: Curve, matrix: Matrix, peak: number): (frame: Frame) => void {
  /** The brightest light in the tables, relative to reference white. */
  const brightest = peak / referenceWhite;
  const hdr = curve === "pq" || curve === "hlg";
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = matrix as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const light = table((x) => toLight(curve, x));
  // Indexed by square roots, for finer steps in dark tones, where the eye is sensitive.
  const signal = table((x) => toSignal(x * x));
  const gain = table((x) => (x === 0 ? 1 : toneMap(x * x * brightest, peak) / (x * x * brightest)));
  return ({ data }) => {
    const area = data.length / 3;
    for (let i = 0; i < area; i++) {
      let r = light[at(data[i]!)]!;
      let g = light[at(data[area + i]!)]!;
      let b = light[at(data[2 * area + i]!)]!;
      if (curve === "hlg") {
        const factor = hlgGain(ofRed * r + ofGreen * g + ofBlue * b);
        r *= factor;
        g *= factor;
        b *= factor;
      }
      let red = rr * r + rg * g + rb * b;
      let green = gr * r + gg * g + gb * b;
      let blue = br * r + bg * g + bb * b;
      if (hdr) {
        const max = Math.max(red, green, blue, 0);
        const factor = max > brightest ? 1 / max : gain[at(Math.sqrt(max / brightest))]!;
        red *= factor;
        green *= factor;
        blue *= factor;
      }
      data[i] = signal[at(Math.sqrt(Math.max(0, red)))]!;
      data[area + i] = signal[at(Math.sqrt(Math.max(0, green)))]!;
      data[2 * area + i] = signal[at(Math.sqrt(Math.max(0, blue)))]!;
    }
  };
}

/** Samples of a function over 0..1. */
function table(of: (x: number) => number): Float32Array {
  return Float32Array.from({ length: steps + 1 }, (_, i) => of(i / steps));
}

/** The table index of x, clamped to 0..1. */
function at(x: number): number {
  return x >= 1 ? steps : x <= 0 ? 0 : Math.round(x * steps);
}
