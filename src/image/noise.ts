import { createFrame, type Frame } from "../frame.ts";
import { latticeValue, smoothStep } from "../hash.ts";

export interface NoiseOptions {
  readonly seed: number;
  /** Number of noise cells of the first octave along the short side; ≥ 1. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Coloured fractal noise as a start for dreams: octaves of smooth value noise with a 1/f spectrum, as in photographs.
 * Brightness is the same in all channels; colour is weaker and coarser. Mean ½, standard deviation about 0.17, clamped to
 * 0..1. Source: Perlin 1985, value-noise form.
 */
export function fractalNoise({ seed, scale, width, height }: NoiseOptions): Frame {
  const frame = createFrame(height, width);
  const area = width * height;
  const light = field(seed * 4 + 1, scale, width, height, 0.5);
  const warm = field(seed * 4 + 2, scale * 0.8, width, height, 0.4);
  const green = field(seed * 4 + 3, scale * 0.8, width, height, 0.4);
  // Opponent colours: orange–blue and green–magenta.
  const mix: readonly (readonly [number, number])[] = [
    [0.09, -0.04],
    [0.015, 0.06],
    [-0.1, -0.03],
  ];
  mix.forEach(([orange, lime], c) => {
    for (let i = 0; i < area; i++) {
      const value = 0.5 + 0.15 * light[i]! + orange * warm[i]! + lime * green[i]!;
      frame.data[c * area + i] = Math.min(1, Math.max(0, value));
    }
  });
  return frame;
}

/** One fractal field with zero mean and unit variance. Each octave has twice the frequency and `gain` times the amplitude. */
function field(
  seed: number,
  scale: number,
  width: number,
  height: number,
  gain: number,
): Float32Array {
  const sum = new Float32Array(width * height);
  const short = Math.min(width, height);
  let strength = 1;
  for (
    let frequency = scale, octave = 0;
    frequency < short && octave < 10;
    frequency *= 2, octave++
  ) {
    const cell = short / frequency;
    const columns = steps(width, cell);
    const corners = columns.cells.at(-1)! + 2;
    const rows = steps(height, cell);
    const above = new Float64Array(corners);
    const below = new Float64Array(corners);
    for (let y = 0; y < height; y++) {
      const y0 = rows.cells[y]!;
      if (y === 0 || y0 !== rows.cells[y - 1]) {
        for (let x = 0; x < corners; x++) {
          above[x] = latticeValue(x, y0, octave, seed);
          below[x] = latticeValue(x, y0 + 1, octave, seed);
        }
      }
      const v = rows.shares[y]!;
      for (let x = 0; x < width; x++) {
        const x0 = columns.cells[x]!;
        const u = columns.shares[x]!;
        const top = above[x0]! * (1 - u) + above[x0 + 1]! * u;
        const bottom = below[x0]! * (1 - u) + below[x0 + 1]! * u;
        sum[y * width + x]! += strength * (top * (1 - v) + bottom * v);
      }
    }
    strength *= gain;
  }
  return standardise(sum);
}

/** For each of `count` pixels, the noise cell of `cell` px that it lies in and the share of the next corner. */
function steps(count: number, cell: number): { cells: Int32Array; shares: Float64Array } {
  const [cells, shares] = [new Int32Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    cells[i] = Math.floor(i / cell);
    shares[i] = smoothStep(i / cell - cells[i]!);
  }
  return { cells, shares };
}

function standardise(values: Float32Array): Float32Array {
  // Indexed loops: iterators over typed arrays are slow until they are optimised.
  const { length } = values;
  let mean = 0;
  for (let i = 0; i < length; i++) mean += values[i]!;
  mean /= length;
  let square = 0;
  for (let i = 0; i < length; i++) square += (values[i]! - mean) ** 2;
  const spread = Math.sqrt(square / length) || 1;
  for (let i = 0; i < length; i++) values[i] = (values[i]! - mean) / spread;
  return values;
}
