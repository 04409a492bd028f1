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
    for (let y = 0; y < height; y++) {
      const gy = y / cell;
      const y0 = Math.floor(gy);
      const v = smoothStep(gy - y0);
      for (let x = 0; x < width; x++) {
        const gx = x / cell;
        const x0 = Math.floor(gx);
        const u = smoothStep(gx - x0);
        const top =
          latticeValue(x0, y0, octave, seed) * (1 - u) + latticeValue(x0 + 1, y0, octave, seed) * u;
        const bottom =
          latticeValue(x0, y0 + 1, octave, seed) * (1 - u) +
          latticeValue(x0 + 1, y0 + 1, octave, seed) * u;
        sum[y * width + x]! += strength * (top * (1 - v) + bottom * v);
      }
    }
    strength *= gain;
  }
  return standardise(sum);
}

function standardise(values: Float32Array): Float32Array {
  let mean = 0;
  for (const v of values) mean += v;
  mean /= values.length;
  let square = 0;
  for (const v of values) square += (v - mean) ** 2;
  const spread = Math.sqrt(square / values.length) || 1;
  return values.map((v) => (v - mean) / spread);
}
