/** Normalisation of a gradient before the step, as graph nodes. */
import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";

/**
 * Scale `gradient` `[1, 3, H, W]` to unit strength: by mean |g| (google/deepdream), or to zero mean
 * and unit standard deviation (pytorch-deepdream, Hvass). `share` `[1, 1, H, W]`, 0..1, weights the pixels.
 */
export function addUnitStrength(
  b: GraphBuilder,
  gradient: string,
  by: "mean-abs" | "std",
  share?: string,
): string {
  const all = b.ints(0, 1, 2, 3);
  const plainMean = (x: string): string => b.op("ReduceMean", [x, all], { keepdims: 1 });
  const area = share && b.op("Add", [plainMean(share), b.scalar(1e-6)]);
  const mean = (x: string): string =>
    share && area ? b.op("Div", [plainMean(b.op("Mul", [x, share])), area]) : plainMean(x);
  if (by === "mean-abs") {
    const strength = mean(b.op("Abs", [gradient]));
    return b.op("Div", [gradient, b.op("Add", [strength, b.scalar(1e-12)])], {}, "unit_gradient");
  }
  const centred = b.op("Sub", [gradient, mean(gradient)]);
  const variance = mean(b.op("Mul", [centred, centred]));
  return b.op(
    "Div",
    [centred, b.op("Add", [b.op("Sqrt", [variance]), b.scalar(1e-12)])],
    {},
    "unit_gradient",
  );
}

/**
 * Laplacian-pyramid normalisation: split `gradient` `[1, 3, H, W]` into `levels` frequency bands and a rest, scale each to
 * unit root mean square, and add them. Coarse forms get the same weight as fine grain.
 * Source: google/deepdream (`lap_normalize` of the TensorFlow notebook).
 */
export function addLaplacian(
  b: GraphBuilder,
  gradient: string,
  height: number,
  width: number,
  levels: number,
): string {
  const bands: { value: string; dims: readonly [number, number] }[] = [];
  let value = gradient;
  let dims: readonly [number, number] = [height, width];
  for (let level = 0; level < levels && Math.min(...dims) >= 8; level++) {
    const half: readonly [number, number] = [Math.ceil(dims[0] / 2), Math.ceil(dims[1] / 2)];
    const low = b.op(
      "AveragePool",
      [value],
      { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
      "low",
    );
    bands.push({ value: b.op("Sub", [value, enlarge(b, low, dims)], {}, "band"), dims });
    value = low;
    dims = half;
  }
  let sum = unitRms(b, value);
  for (const band of bands.reverse())
    sum = b.op("Add", [enlarge(b, sum, band.dims), unitRms(b, band.value)], {}, "pyramid");
  return sum;
}

function enlarge(
  b: GraphBuilder,
  value: string,
  [height, width]: readonly [number, number],
): string {
  return b.op(
    "Resize",
    [value, "", "", b.ints(1, 3, height, width)],
    { mode: "linear" },
    "enlarged",
  );
}

function unitRms(b: GraphBuilder, value: string): string {
  const square = b.op("ReduceMean", [b.op("Mul", [value, value]), b.ints(0, 1, 2, 3)], {
    keepdims: 1,
  });
  return b.op(
    "Div",
    [value, b.op("Add", [b.op("Sqrt", [square]), b.scalar(1e-12)])],
    {},
    "unit_band",
  );
}

/** Smoothing kernels as graph inputs. */
export interface SmoothingKernels {
  readonly columns: string;
  readonly rows: string;
  readonly taps: number;
}

/** The inputs `columns` `[3, 1, taps, 1]` and `rows` `[1, 3, 1, taps]`: given at run time, so that sigma may change every step. */
export function smoothingKernels(b: GraphBuilder, taps: number): SmoothingKernels {
  return {
    columns: b.input("columns", [3, 1, taps, 1]),
    rows: b.input("rows", [1, 3, 1, taps]),
    taps,
  };
}

/** Smooth `gradient` with the mean of separable Gaussians. */
export function addSmoothing(
  b: GraphBuilder,
  gradient: string,
  height: number,
  width: number,
  { columns, rows, taps }: SmoothingKernels,
): string {
  const half = (taps - 1) / 2;
  const planes = b.op("Reshape", [gradient, b.ints(3, 1, height, width)]);
  const padded = b.op("Pad", [planes, b.ints(0, 0, half, half, 0, 0, half, half)], {
    mode: "edge",
  });
  const down = b.op("Conv", [padded, columns], { kernel_shape: [taps, 1] });
  const smooth = b.op("Conv", [down, rows], { kernel_shape: [1, taps] });
  return b.op("Reshape", [smooth, b.ints(1, 3, height, width)], {}, "smooth_gradient");
}

/**
 * Kernels for `addSmoothing`: the mean of Gaussians with `sigma` px times each factor. pytorch-deepdream and Hvass use the
 * factors ½, 1, 2; a single factor 1 is a plain Gaussian.
 */
export function gaussianKernels(
  sigma: number,
  factors: readonly number[],
  taps: number,
): { columns: ReturnType<typeof floatTensor>; rows: ReturnType<typeof floatTensor> } {
  const columns = floatTensor([3, 1, taps, 1]);
  const rows = floatTensor([1, 3, 1, taps]);
  for (let i = 0; i < 3; i++) {
    const factor = factors[i];
    if (factor === undefined) continue;
    const kernel = gaussian(sigma * factor, taps);
    columns.data.set(kernel, i * taps);
    rows.data.set(
      kernel.map((v) => v / factors.length),
      i * taps,
    );
  }
  return { columns, rows };
}

/** Number of taps for a Gaussian of `sigma` px up to three sigma. */
export function tapsFor(sigma: number): number {
  return 2 * Math.max(1, Math.ceil(3 * sigma)) + 1;
}

function gaussian(sigma: number, taps: number): Float64Array {
  const centre = (taps - 1) / 2;
  const kernel = Float64Array.from({ length: taps }, (_, i) =>
    Math.exp(-((i - centre) ** 2) / (2 * Math.max(sigma, 1e-3) ** 2)),
  );
  const sum = kernel.reduce((a, v) => a + v, 0);
  return kernel.map((v) => v / sum);
}
