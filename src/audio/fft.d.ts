declare module "fft.js" {
  /** Fast Fourier transform of a size that is a power of two. */
  class FFT {
    constructor(size: number);
    /** Interleaved real and imaginary parts. */
    createComplexArray(): number[];
    /** Fills the first half of `out`, up to and with the middle. */
    realTransform(out: number[], data: ArrayLike<number>): void;
  }
  export = FFT;
}
