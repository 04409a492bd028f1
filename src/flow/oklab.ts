/**
 * Display RGB to OKLab and back, as graph nodes over planes `[1, 3, H, W]`.
 * Source: Björn Ottosson 2020, "A perceptual color space for image processing".
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";

const toCones = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
] as const;
const toLab = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
] as const;
const fromLab = [
  [1, 0.3963377774, 0.2158037573],
  [1, -0.1055613458, -0.0638541728],
  [1, -0.0894841775, -1.291485548],
] as const;
const fromCones = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
] as const;

/** Convert display RGB, 0..1, to OKLab. */
export function addToOklab(b: GraphBuilder, rgb: string): string {
  const curve = power(
    b,
    b.op("Mul", [b.op("Add", [rgb, b.scalar(0.055)]), b.scalar(1 / 1.055)]),
    2.4,
  );
  const dark = b.op("Mul", [rgb, b.scalar(1 / 12.92)]);
  const isDark = b.op("LessOrEqual", [rgb, b.scalar(0.04045)]);
  const linear = b.op("Where", [isDark, dark, curve]);
  return mixChannels(b, power(b, mixChannels(b, linear, toCones), 1 / 3), toLab);
}

/** Convert OKLab to display RGB, clamped to 0..1. */
export function addFromOklab(b: GraphBuilder, lab: string): string {
  const roots = mixChannels(b, lab, fromLab);
  const cones = b.op("Mul", [b.op("Mul", [roots, roots]), roots]);
  const linear = b.op("Clip", [mixChannels(b, cones, fromCones), b.scalar(0), b.scalar(1)]);
  const curve = b.op("Sub", [
    b.op("Mul", [power(b, linear, 1 / 2.4), b.scalar(1.055)]),
    b.scalar(0.055),
  ]);
  const dark = b.op("Mul", [linear, b.scalar(12.92)]);
  const isDark = b.op("LessOrEqual", [linear, b.scalar(0.0031308)]);
  const display = b.op("Where", [isDark, dark, curve]);
  // White exceeds 1 by a rounding error.
  return b.op("Min", [display, b.scalar(1)]);
}

function mixChannels(
  b: GraphBuilder,
  planes: string,
  matrix: readonly (readonly number[])[],
): string {
  return b.op("Conv", [planes, b.constant(floatTensor([3, 3, 1, 1], matrix.flat()))]);
}

/** `x ** exponent` for x ≥ 0. Log and Exp are vectorised; Pow is not. */
function power(b: GraphBuilder, x: string, exponent: number): string {
  const logarithm = b.op("Log", [b.op("Max", [x, b.scalar(1e-12)])]);
  return b.op("Exp", [b.op("Mul", [logarithm, b.scalar(exponent)])]);
}
