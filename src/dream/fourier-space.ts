/**
 * Ascent in a Fourier basis with decorrelated colours, as a linear map of the gradient. A gradient step on the coefficients
 * z of a picture C·F·S·z changes the picture by C·Cᵀ·F·S²·Fᵀ times its gradient. F is the cosine transform, which continues
 * pictures mirrored at the edges; S decreases as 1/frequency; C is the square root of the colour covariance of natural
 * pictures. Source: tensorflow/lucid, `optvis/param/spatial.py` and `color.py`; Olah et al. 2017.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";

/** lucid's `color_correlation_svd_sqrt`; the rows are R, G, B. */
const colors = [
  [0.26, 0.09, 0.02],
  [0.27, 0.0, -0.05],
  [0.27, -0.09, 0.03],
] as const;

/** Apply the map of this file to `gradient` `[1, 3, H, W]`. */
export function addFourierSpace(
  b: GraphBuilder,
  gradient: string,
  height: number,
  width: number,
): string {
  const rows = b.constant(floatTensor([height, height], cosines(height)), "cosines");
  const columns =
    height === width ? rows : b.constant(floatTensor([width, width], cosines(width)), "cosines");
  const turned = (x: string): string => b.op("Transpose", [x], { perm: [1, 0] });
  const mul = (x: string, y: string): string => b.op("MatMul", [x, y]);
  const spectrum = b.constant(floatTensor([height, width], powers(height, width)), "spectrum");
  const coefficients = mul(mul(rows, gradient), turned(columns));
  const weighted = b.op("Mul", [coefficients, spectrum]);
  const natural = mul(mul(turned(rows), weighted), columns);
  const flat = b.op("Reshape", [natural, b.ints(3, height * width)]);
  const covariance = b.constant(floatTensor([3, 3], covariances()), "colors");
  return b.op("Reshape", [mul(covariance, flat), b.ints(1, 3, height, width)], {}, "natural");
}

/** Bytes of the constants that `addFourierSpace` adds for pictures of `height` × `width` px. */
export function fourierBytes(height: number, width: number): number {
  const sides = height === width ? [height] : [height, width];
  return 4 * (height * width + sides.reduce((sum, side) => sum + side ** 2, 0));
}

/** The orthonormal cosine transform of `length` samples as a matrix; rows are frequencies. */
function cosines(length: number): Float32Array {
  return Float32Array.from({ length: length ** 2 }, (_, i) => {
    const frequency = Math.floor(i / length);
    const norm = Math.sqrt((frequency === 0 ? 1 : 2) / length);
    return norm * Math.cos((Math.PI * frequency * ((i % length) + 0.5)) / length);
  });
}

/** 1/f² for each coefficient, normalised to 1 at the lowest frequency; f is at least one cycle over the longer side. */
function powers(height: number, width: number): Float32Array {
  const lowest = 1 / Math.max(height, width);
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [down, across] = [Math.floor(i / width) / (2 * height), (i % width) / (2 * width)];
    return (lowest / Math.max(lowest, Math.hypot(down, across))) ** 2;
  });
}

function covariances(): number[] {
  return colors.flatMap((one) =>
    colors.map((other) => one.reduce<number>((sum, v, i) => sum + v * other[i]!, 0)),
  );
}
