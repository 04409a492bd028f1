/** Display RGB to OKLab and back. Source: Björn Ottosson 2020, "A perceptual color space for image processing". */
import type { Frame } from "../frame.ts";

/** Put L, a, b of the pixels from `from` on into the planes of `lab`, as many as it has room for. */
export function toOklab({ data, height, width }: Frame, lab: Float32Array, from = 0): void {
  const area = height * width;
  const count = lab.length / 3;
  for (let i = 0; i < count; i++) {
    const at = from + i;
    const r = toLinear(data[at]!);
    const g = toLinear(data[at + area]!);
    const b = toLinear(data[at + 2 * area]!);
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    lab[i] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    lab[i + count] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    lab[i + 2 * count] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
}

/** Turn planar L, a, b, each times its gain plus its offset, into display RGB in place, clamped to 0..1. */
export function fromOklab(
  data: Float32Array,
  gain: readonly number[],
  offset: readonly number[],
): void {
  const area = data.length / 3;
  const [gainL, gainA, gainB] = gain as [number, number, number];
  const [offsetL, offsetA, offsetB] = offset as [number, number, number];
  for (let i = 0; i < area; i++) {
    const L = data[i]! * gainL + offsetL;
    const A = data[i + area]! * gainA + offsetA;
    const B = data[i + 2 * area]! * gainB + offsetB;
    const l = (L + 0.3963377774 * A + 0.2158037573 * B) ** 3;
    const m = (L - 0.1055613458 * A - 0.0638541728 * B) ** 3;
    const s = (L - 0.0894841775 * A - 1.291485548 * B) ** 3;
    data[i] = toDisplay(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    data[i + area] = toDisplay(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    data[i + 2 * area] = toDisplay(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  }
}

function toLinear(v: number): number {
  if (v <= 0.04045) return v / 12.92;
  const x = Math.min(4096, v * 4096);
  const i = x | 0;
  return decodeTable[i]! + (decodeTable[i + 1]! - decodeTable[i]!) * (x - i);
}

// A power per channel and pixel is what colour matching would spend its time on: interpolate tables instead.
const decodeTable: Float64Array = Float64Array.from(
  { length: 4098 },
  (_, i) => ((i / 4096 + 0.055) / 1.055) ** 2.4,
);

const encodeTable: Float64Array = Float64Array.from(
  { length: 4098 },
  (_, i) => 1.055 * (i / 4096) ** (2 / 2.4) - 0.055,
);

function toDisplay(v: number): number {
  if (v <= 0.0031308) return v <= 0 ? 0 : v * 12.92;
  if (v >= 1) return 1;
  // Indexed by the square root, which spreads the dark end where the curve is steep.
  const x = Math.sqrt(v) * 4096;
  const i = x | 0;
  return encodeTable[i]! + (encodeTable[i + 1]! - encodeTable[i]!) * (x - i);
}
