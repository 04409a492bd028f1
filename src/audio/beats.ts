import { NumberList } from "./number-list.ts";
import { sampleRate } from "./sound.ts";
import { Spectra } from "./spectrum.ts";

const size = 1024;
const hop = 256;
/** Minimum distance of two beats, s. */
const minGap = 0.1;
/** Half the width of the window whose mean flux a beat must exceed, s. */
const span = 0.4;
/** A beat's flux exceeds `overMean` times the mean plus `above`, in log magnitude per band. */
const overMean = 2;
const above = 0.1;
/** Bins at the edges of the bands, about three per octave, so that low sounds count as much as high ones. */
const limits = bandLimits();
/** Time by which a window detects a sound before its centre reaches the sound, s. */
const early = 0.4 * (size / sampleRate);

/** Values of an onset envelope per second. */
export const envelopeRate: number = sampleRate / hop;

/** The time of value `index` of an onset envelope, s. */
export function onsetTime(index: number): number {
  return index / envelopeRate + early;
}

/**
 * Computes the strength of onsets over time, with `envelopeRate` values per second, as the spectral flux of log bands.
 * `gain` multiplies magnitudes, 1 at full scale, before the logarithm; a lower gain favours loud sounds over quiet ones.
 */
export class OnsetEnvelope {
  readonly #gain: number;
  readonly #flux = new NumberList();
  readonly #previous = new Float64Array(limits.length - 1);
  readonly #spectra = new Spectra(size, hop, (magnitudes) => this.#measure(magnitudes));

  constructor(gain = 300) {
    this.#gain = gain;
  }

  /** Add the next samples, at `sampleRate`. */
  push(samples: Float32Array): void {
    this.#spectra.push(samples);
  }

  /** End the stream and return the envelope. */
  finish(): Float64Array {
    this.#spectra.finish();
    return this.#flux.values();
  }

  #measure(magnitudes: Float64Array): void {
    let flux = 0;
    for (let band = 0; band + 1 < limits.length; band++) {
      let energy = 0;
      for (let k = limits[band]!; k < limits[band + 1]!; k++) energy += magnitudes[k]! ** 2;
      const now = Math.log1p(this.#gain * Math.sqrt(energy));
      flux += Math.max(0, now - this.#previous[band]!);
      this.#previous[band] = now;
    }
    this.#flux.push(flux / this.#previous.length);
  }
}

/**
 * Finds the times of onsets: peaks of the spectral flux of log bands above its local mean.
 * Source: Dixon 2006, "Onset detection revisited"; logarithm by Klapuri 1999.
 */
export class BeatFinder {
  readonly #envelope = new OnsetEnvelope();
  #length = 0;

  /** Add the next samples, at `sampleRate`. */
  push(samples: Float32Array): void {
    this.#length += samples.length;
    this.#envelope.push(samples);
  }

  /** End the stream and return the times of the onsets, s. */
  finish(): number[] {
    return peaksOf(this.#envelope.finish(), this.#length);
  }
}

/** Times of the beats in the flux of a sound of `samples` samples, s. */
function peaksOf(flux: Float64Array, samples: number): number[] {
  const reach = Math.round((span * sampleRate) / hop);
  const near = Math.round((minGap * sampleRate) / hop / 2);
  const sums = new Float64Array(flux.length + 1);
  for (let i = 0; i < flux.length; i++) sums[i + 1] = sums[i]! + flux[i]!;
  const beats: number[] = [];
  for (let i = 0; i < flux.length; i++) {
    const [from, to] = [Math.max(0, i - reach), Math.min(flux.length, i + reach + 1)];
    const mean = (sums[to]! - sums[from]!) / (to - from);
    const value = flux[i]!;
    if (value < overMean * mean + above) continue;
    const around = flux.subarray(Math.max(0, i - near), i + near + 1);
    if (value < Math.max(...around)) continue;
    // The abrupt end of a sound causes flux that is not a beat.
    if (i * hop > samples - size) break;
    const time = (i * hop) / sampleRate + early;
    if (time - (beats.at(-1) ?? -1) >= minGap) beats.push(time);
  }
  return beats;
}

/** The last of the ascending `times` before `sec`; undefined if there is none. */
export function lastBefore(times: readonly number[], sec: number): number | undefined {
  let [from, to] = [0, times.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (times[middle]! < sec) from = middle + 1;
    else to = middle;
  }
  return times[from - 1];
}

function bandLimits(): number[] {
  const limits = [1];
  while (limits.at(-1)! < size / 2)
    limits.push(
      Math.min(size / 2, Math.max(limits.at(-1)! + 1, Math.round(limits.at(-1)! * 1.26))),
    );
  return limits;
}
