import type { Node } from "./graph.ts";
import { numberOr } from "./window.ts";

/**
 * Resize along one axis as a matrix `[outputs][inputs]`, row-major: output i = Σ matrix[i, j]·input j.
 * Source: the ONNX operator specification of Resize. Undefined for modes without such a matrix here
 * (antialiasing, cropping).
 */
export function resizeMatrix(
  { attributes }: Node,
  inputs: number,
  outputs: number,
  scale: number,
): Float32Array | undefined {
  const mode = attributes.mode ?? "nearest";
  const position = positions[String(attributes.coordinate_transformation_mode ?? "half_pixel")];
  if (!position || numberOr(attributes.antialias, 0) === 1) return undefined;
  const matrix = new Float32Array(outputs * inputs);
  const add = (row: number, column: number, weight: number): void => {
    matrix[row * inputs + Math.min(Math.max(column, 0), inputs - 1)]! += weight;
  };
  for (let i = 0; i < outputs; i++) {
    const x = position(i, inputs, outputs, scale);
    if (mode === "nearest") {
      add(i, nearest(x, String(attributes.nearest_mode ?? "round_prefer_floor")), 1);
    } else if (mode === "linear") {
      const clamped = Math.min(Math.max(x, 0), inputs - 1);
      const left = Math.floor(clamped);
      add(i, left, 1 - (clamped - left));
      add(i, left + 1, clamped - left);
    } else {
      const taps = cubic(x, numberOr(attributes.cubic_coeff_a, -0.75));
      const inside = attributes.exclude_outside
        ? taps.filter(([column]) => column >= 0 && column < inputs)
        : taps;
      const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [column, weight] of inside) add(i, column, weight / total);
    }
  }
  return matrix;
}

type Position = (i: number, inputs: number, outputs: number, scale: number) => number;

// In single precision like the runtime: at the edge between two pixels it decides.
const { fround } = Math;
const halfPixel: Position = (i, _, __, scale) => fround(fround((i + 0.5) / fround(scale)) - 0.5);

/** Where output i lies among the inputs. */
const positions: Readonly<Record<string, Position>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (i, inputs, outputs, scale) =>
    outputs > 1 ? halfPixel(i, inputs, outputs, scale) : 0,
  half_pixel_symmetric: (i, inputs, outputs, scale) =>
    (inputs / 2) * (1 - outputs / (scale * inputs)) + halfPixel(i, inputs, outputs, scale),
  asymmetric: (i, _, __, scale) => fround(i / fround(scale)),
  align_corners: (i, inputs, outputs) => (outputs === 1 ? 0 : (i * (inputs - 1)) / (outputs - 1)),
};

function nearest(x: number, mode: string): number {
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** The four taps of Keys' cubic convolution, as column and weight. */
function cubic(x: number, a: number): [number, number][] {
  const left = Math.floor(x);
  const t = x - left;
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [
    [left - 1, far(1 + t)],
    [left, near(t)],
    [left + 1, near(1 - t)],
    [left + 2, far(2 - t)],
  ];
}
