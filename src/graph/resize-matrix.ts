import type { Node } from "./graph.ts";
import { numberOr } from "./window.ts";

/**
 * Resize along one axis as a matrix `[outputs][inputs]`, row-major: output i = Σ matrix[i, j]·input j.
 * Source: the ONNX operator specification of Resize. Undefined for modes without such a matrix here (cropping).
 */
export function resizeMatrix(
  { attributes }: Node,
  inputs: number,
  outputs: number,
  scale: number,
): Float32Array | undefined {
  const mode = attributes.mode ?? "nearest";
  const position = positions[String(attributes.coordinate_transformation_mode ?? "half_pixel")];
  if (!position) return undefined;
  const matrix = new Float32Array(outputs * inputs);
  const add = (row: number, column: number, weight: number): void => {
    matrix[row * inputs + Math.min(Math.max(column, 0), inputs - 1)]! += weight;
  };
  for (let i = 0; i < outputs; i++) {
    const x = position(i, inputs, outputs, scale);
    if (mode === "nearest") {
      add(i, nearest(x, String(attributes.nearest_mode ?? "round_prefer_floor")), 1);
      continue;
    }
    const kernel = mode === "linear" ? triangle : keysOf(attributes);
    // Shrinking to one pixel widens the kernel to the whole input.
    const taps = tapsAround(x, kernel, numberOr(attributes.antialias, 0) ? Math.min(1, scale) : 1);
    const inside = attributes.exclude_outside
      ? taps.filter(([column]) => column >= 0 && column < inputs)
      : taps;
    const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [column, weight] of inside) add(i, column, weight / total);
  }
  return matrix;
}

type Position = (i: number, inputs: number, outputs: number, scale: number) => number;

// Single precision, as in the runtime: it decides ties between two pixels.
const { fround } = Math;
const halfPixel: Position = (i, _, __, scale) => fround(fround((i + 0.5) / fround(scale)) - 0.5);

/** Position of output i among the inputs. */
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

/** A kernel that is 0 at `reach` px and beyond. */
interface Kernel {
  readonly reach: number;
  readonly at: (distance: number) => number;
}

const triangle: Kernel = { reach: 1, at: (d) => Math.max(0, 1 - Math.abs(d)) };

/** Keys' cubic convolution. */
function keysOf({ cubic_coeff_a }: Node["attributes"]): Kernel {
  const a = numberOr(cubic_coeff_a, -0.75);
  const at = (distance: number): number => {
    const d = Math.abs(distance);
    if (d >= 2) return 0;
    return d < 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  };
  return { reach: 2, at };
}

/** The taps (column and weight) of a kernel around `x`, stretched by `1 / scale`. */
function tapsAround(x: number, { reach, at }: Kernel, scale: number): [number, number][] {
  const first = Math.ceil(x - reach / scale);
  const count = Math.floor(x + reach / scale) - first + 1;
  return Array.from({ length: count }, (_, k) => [first + k, at((first + k - x) * scale)]);
}
