import type { Tensor } from "@tensorflow/tfjs-core";
import { resizeMatrix } from "../../graph/resize-matrix.ts";
import { numberOr } from "../../graph/window.ts";
import { inPlace, last, type Op, type OpContext, plain, unsupported } from "./op.ts";

/** Keys' cubic and the linear kernel by distance in px, with their support. */
const kernels = {
  cubic: {
    reach: 2,
    weight: (distance: number, a: number): number => {
      const d = Math.abs(distance);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
  linear: {
    reach: 1,
    weight: (distance: number): number => Math.max(0, 1 - Math.abs(distance)),
  },
} as const;

/**
 * Resize with antialiasing as a matrix `[outputs][inputs]`: downscaling widens the kernel. Positions outside use the
 * edge pixel. Source: the ONNX operator specification of Resize, half_pixel.
 */
function antialiasMatrix(
  mode: "cubic" | "linear",
  a: number,
  inputs: number,
  outputs: number,
  scale: number,
): Float32Array {
  const { reach, weight } = kernels[mode];
  const width = Math.max(1, 1 / scale);
  const matrix = new Float32Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const center = (i + 0.5) / scale;
    const from = Math.floor(center - reach * width + 0.5);
    const to = Math.floor(center + reach * width + 0.5);
    const taps = Array.from({ length: to - from }, (_, k) =>
      weight((from + k + 0.5 - center) / width, a),
    );
    const total = taps.reduce((sum, tap) => sum + tap, 0);
    for (const [k, tap] of taps.entries()) {
      const at = Math.min(Math.max(from + k, 0), inputs - 1);
      matrix[i * inputs + at]! += tap / total;
    }
  }
  return matrix;
}

/** Resize along each of the last two axes, y = R·x·Cᵀ. */
export const resize: Op = (c) => {
  const { tf, node } = c;
  const { dims } = c.value(0);
  const scales = c.has(2) && c.value(2).integers.length > 0 ? c.value(2).integers : undefined;
  const sizes =
    c.has(3) && c.value(3).integers.length > 0
      ? c.value(3).integers
      : dims.map((d, i) => Math.floor(d * scales![i]!));
  const fixed = dims.length === 4 && dims[0] === sizes[0] && dims[1] === sizes[1];
  if (!fixed) throw unsupported(node, "over batch or channels");
  const scaleOf = (axis: number): number => scales?.[axis] ?? sizes[axis]! / dims[axis]!;
  const [n, channels, h, w] = dims as [number, number, number, number];
  if (sizes[2] === h && sizes[3] === w) return inPlace(c, (x) => tf.clone(x));
  if (isPlainEnlargement(c, h, sizes[2]!) && isPlainEnlargement(c, w, sizes[3]!)) {
    const to: [number, number] = [sizes[2]!, sizes[3]!];
    return last(c, tf.image.resizeNearestNeighbor(c.value(0).last, to));
  }
  let x: Tensor = tf.reshape(c.value(0).plain, [n * channels, h, w]);
  if (sizes[2] !== h) {
    const rows = c.memo(`rows ${dims} ${sizes}`, () => matrixOf(c, h, sizes[2]!, scaleOf(2)));
    x = tf.matMul(tf.expandDims(rows, 0), x);
  }
  if (sizes[3] !== w) {
    const columns = c.memo(`columns ${dims} ${sizes}`, () => matrixOf(c, w, sizes[3]!, scaleOf(3)));
    const flat = tf.reshape(x, [n * channels * sizes[2]!, w]);
    x = tf.matMul(flat, columns, false, true);
  }
  return plain(c, tf.reshape(x, [...sizes]));
};

/** Whether every value is repeated an integer number of times and TensorFlow's rounding gives the same result. */
function isPlainEnlargement({ node }: OpContext, from: number, to: number): boolean {
  const {
    mode,
    coordinate_transformation_mode: position,
    nearest_mode: rounding,
  } = node.attributes;
  const times = to / from;
  const repeats = mode === "nearest" && position === "asymmetric" && rounding === "floor";
  if (!repeats || !Number.isInteger(times)) return false;
  const step = Math.fround(from / to);
  return Array.from({ length: to }, (_, i) => Math.floor(Math.fround(i * step))).every(
    (place, i) => place === Math.floor(i / times),
  );
}

function matrixOf(c: OpContext, inputs: number, outputs: number, scale: number): Tensor {
  const { attributes } = c.node;
  const { mode, coordinate_transformation_mode: position = "half_pixel" } = attributes;
  const smooth = mode === "cubic" || mode === "linear";
  const simple = position === "half_pixel" && numberOr(attributes.exclude_outside, 0) === 0;
  const matrix =
    numberOr(attributes.antialias, 0) === 1 && smooth && simple
      ? antialiasMatrix(mode, numberOr(attributes.cubic_coeff_a, -0.75), inputs, outputs, scale)
      : resizeMatrix(c.node, inputs, outputs, scale);
  if (!matrix) throw unsupported(c.node, "with cropping, or antialiasing of this kind");
  return c.tf.tensor2d(matrix, [outputs, inputs]);
}
