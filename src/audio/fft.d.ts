declare module "fft.js" {
  /** Fast Fourier transform; the size must be a power of two. */
  class FFT {
    constructor(size: number);
    /** An array for interleaved real and imaginary parts. */
    createComplexArray(): number[];
    /** Write the spectrum from 0 to half the sample rate, inclusive, to the first half of `out`. */
    realTransform(out: number[], data: ArrayLike<number>): void;
  }
  export = FFT;
}
