/**
 * Transfer functions between signals and linear light, by ffmpeg's names. Light 1 is reference white, which in HDR is
 * 203 cd/m². Sources: IEC 61966-2-1, ITU-R BT.2100, BT.2408.
 */

/** Luminance of reference white in HDR, cd/m². */
export const referenceWhite = 203;
/** Peak luminance of the reference display for HLG, and of most displays that PQ is graded on, cd/m². */
export const hdrPeak = 1000;

/** SDR transfers. All use the sRGB curve, as in browsers, so that the conversion changes only their primaries. */
const television = new Set(
  "bt709 gamma22 gamma28 bt470m bt470bg smpte170m smpte240m iec61966-2-1 iec61966-2-4 bt1361e bt2020-10 bt2020-12".split(
    " ",
  ),
);

export type Curve = "sdr" | "linear" | "pq" | "hlg";

/** The curve of a transfer; undefined if it is not supported. */
export function curveOf(transfer: string): Curve | undefined {
  if (transfer === "smpte2084") return "pq";
  if (transfer === "arib-std-b67") return "hlg";
  if (transfer === "linear") return "linear";
  return television.has(transfer) ? "sdr" : undefined;
}

/** Linear light of a signal 0..1. For HLG it is scene light, 0..1, before `hlgGain`. */
export function toLight(curve: Curve, signal: number): number {
  switch (curve) {
    case "sdr":
      return signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;
    case "linear":
      return signal;
    case "pq":
      return pqToLight(signal) / referenceWhite;
    case "hlg":
      return signal <= 0.5
        ? (signal * signal) / 3
        : (Math.exp((signal - hlg.c) / hlg.a) + hlg.b) / 12;
  }
}

/** The sRGB signal of linear light 0..1. */
export function toSignal(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

const hlg = { a: 0.17883277, b: 0.28466892, c: 0.55991073 };

/** The factor from HLG scene light to display light, by the luminance of the scene light, 0..1. */
export function hlgGain(luminance: number): number {
  return (hdrPeak / referenceWhite) * Math.max(0, luminance) ** 0.2;
}

const [m1, m2, c1, c2, c3] = [0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875];

/** Luminance of a PQ signal 0..1, cd/m². */
export function pqToLight(signal: number): number {
  const p = Math.max(0, signal) ** (1 / m2);
  return 10_000 * (Math.max(0, p - c1) / (c2 - c3 * p)) ** (1 / m1);
}

/** The PQ signal 0..1 of a luminance in cd/m². */
export function lightToPq(light: number): number {
  const y = (Math.max(0, light) / 10_000) ** m1;
  return ((c1 + c2 * y) / (1 + c3 * y)) ** m2;
}
