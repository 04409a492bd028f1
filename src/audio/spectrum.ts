import FFT from "fft.js";

/**
 * Magnitudes of a Hann-windowed spectrum for each position: a full-scale sine gives 1 in its bin. Windows lie centred on
 * multiples of `hop`; beyond the ends there is silence. `visit` gets one array, filled anew each time.
 */
export function forEachSpectrum(
  samples: Float32Array,
  size: number,
  hop: number,
  visit: (magnitudes: Float64Array, index: number) => void,
): void {
  const fft = new FFT(size);
  const out = fft.createComplexArray();
  const window = Float64Array.from(
    { length: size },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size),
  );
  const scale = 2 / window.reduce((sum, w) => sum + w, 0);
  const windowed = new Float64Array(size);
  const magnitudes = new Float64Array(size / 2);
  const count = Math.ceil(samples.length / hop);
  for (let index = 0; index < count; index++) {
    const start = index * hop - size / 2;
    for (let i = 0; i < size; i++) windowed[i] = (samples[start + i] ?? 0) * window[i]!;
    fft.realTransform(out, windowed);
    // Math.hypot is many times slower, and hours of sound have billions of these.
    for (let k = 0; k < magnitudes.length; k++)
      magnitudes[k] = scale * Math.sqrt(out[2 * k]! ** 2 + out[2 * k + 1]! ** 2);
    visit(magnitudes, index);
  }
}
