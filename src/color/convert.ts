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

/** What the numbers of an RGB picture stand for, by ffmpeg's names. */
export interface ColorMeaning {
  readonly primaries: string;
  readonly transfer: string;
  /** cd/m² of the brightest light of PQ; default 1000. */
  readonly peak?: number;
}

export interface ColorConversion {
  /** Turns a frame into sRGB where it is; undefined where it is that already. */
  readonly apply?: (frame: Frame) => void;
  /** What the user is to know. */
  readonly notice?: string;
}

/** Signals that are told apart: as many as 16 bits have. */
const steps = 65535;
/** Luminance of light in BT.2020. */
const [ofRed, ofGreen, ofBlue] = [0.2627, 0.678, 0.0593];

/**
 * How pictures of these colours become sRGB: in linear light, primaries to BT.709 with white kept, what lies outside
 * cut off; HDR is tone-mapped by its brightest channel, so that hues stay. HLG is for a display of 1000 cd/m².
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
    ...(hdr
      ? {
          notice: `it is HDR (${curve.toUpperCase()}) and is tone-mapped to SDR, as outputs are SDR`,
        }
      : {}),
  };
}

function converter(curve: Curve, matrix: Matrix, peak: number): (frame: Frame) => void {
  /** The brightest light a table knows, of reference white. */
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
  // By square roots, which are finer where eyes are.
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

/** Values of a function over 0..1. */
function table(of: (x: number) => number): Float32Array {
  return Float32Array.from({ length: steps + 1 }, (_, i) => of(i / steps));
}

/** Where a table has the value of x. */
function at(x: number): number {
  return x >= 1 ? steps : x <= 0 ? 0 : Math.round(x * steps);
}
