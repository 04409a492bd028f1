import FFT from "fft.js";

/**
 * Computes the magnitudes of the Hann-windowed spectrum of a stream of samples. A full-scale sine gives 1 in its bin.
 * Windows are centred on multiples of `hop`; the samples before and after the stream are 0.
 */
export class Spectra {
  readonly #size: number;
  readonly #hop: number;
  readonly #visit: (magnitudes: Float64Array, index: number) => void;
  readonly #fft: FFT;
  readonly #out: number[];
  readonly #window: Float64Array;
  readonly #scale: number;
  readonly #windowed: Float64Array;
  readonly #magnitudes: Float64Array;
  /** The samples of the next window; those from index `#filled` on are still missing. */
  readonly #samples: Float32Array;
  #filled: number;
  #index = 0;
  #total = 0;

  /** `size` is a power of two. `visit` receives `size / 2` magnitudes in an array that is reused for each window. */
  constructor(size: number, hop: number, visit: (magnitudes: Float64Array, index: number) => void) {
    this.#size = size;
    this.#hop = hop;
    this.#visit = visit;
    this.#fft = new FFT(size);
    this.#out = this.#fft.createComplexArray();
    this.#window = Float64Array.from(
      { length: size },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size),
    );
    this.#scale = 2 / this.#window.reduce((sum, w) => sum + w, 0);
    this.#windowed = new Float64Array(size);
    this.#magnitudes = new Float64Array(size / 2);
    this.#samples = new Float32Array(size);
    this.#filled = size / 2;
  }

  /** Add any number of samples. */
  push(samples: Float32Array): void {
    this.#total += samples.length;
    this.#fill(samples);
  }

  /** End the stream and visit the remaining windows, padded with silence. */
  finish(): void {
    const count = Math.ceil(this.#total / this.#hop);
    const silence = new Float32Array(this.#hop);
    while (this.#index < count) this.#fill(silence, count);
  }

  #fill(samples: Float32Array, count = Number.POSITIVE_INFINITY): void {
    const size = this.#size;
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + size - this.#filled);
      this.#samples.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled < size) return;
      if (this.#index < count) this.#measure();
      this.#samples.copyWithin(0, this.#hop);
      this.#filled = size - this.#hop;
    }
  }

  #measure(): void {
    const [out, windowed, magnitudes] = [this.#out, this.#windowed, this.#magnitudes];
    const [samples, window, scale] = [this.#samples, this.#window, this.#scale];
    for (let i = 0; i < windowed.length; i++) windowed[i] = samples[i]! * window[i]!;
    this.#fft.realTransform(out, windowed);
    // Math.hypot is many times slower, and hours of sound have billions of values.
    for (let k = 0; k < magnitudes.length; k++) {
      const [re, im] = [out[2 * k]!, out[2 * k + 1]!];
      magnitudes[k] = scale * Math.sqrt(re * re + im * im);
    }
    this.#visit(magnitudes, this.#index++);
  }
}
