/** Finds the tempo and the first beat of a sound. */
import { envelopeRate, OnsetEnvelope, onsetTime } from "./beats.ts";

export interface FoundTempo {
  /** Beats per minute, rounded to 0.001. */
  readonly bpm: number;
  /** Time of the first beat, s, rounded to 0.001. */
  readonly offsetSec: number;
}

/** Minimum and maximum tempo, beats per minute. */
export const [minBpm, maxBpm] = [50, 210] as const;
/** Centre, in beats per minute, and width, in octaves, of the prior over tempi. */
const [usualBpm, spread] = [120, 1.2];
/** Weights of the correlations at one to four beats. */
const weights = [1, 1 / 2, 1 / 3, 1 / 4] as const;
/** Fractions of a beat, and the share by which correlation there lowers the score, as the true tempo may be a multiple. */
const [parts, against] = [[1 / 2, 1 / 3, 2 / 3], 0.5] as const;
/** Minimum autocorrelation, 0..1, of a sound with a beat. */
const minFit = 0.1;
/** Half the width of the window whose mean is subtracted from the envelope, s. */
const span = 0.4;
/** Maximum length of sound to analyse, s. */
export const longestSec = 300;
/** Gain of the envelope, low enough that quiet sounds between beats count less than the beats. */
const gain = 2;
/** Minimum strength of the first onset, as a share of the strongest. */
const firstShare = 0.25;
/** Time by which the first beat may precede the first onset, s. */
const tolerance = 0.04;

/**
 * Find the tempo and the first beat of a stream of mono samples at `sampleRate`; undefined without a steady beat. A comb
 * of one to four beats over the autocorrelation of the onset envelope, with a log-normal prior, selects the tempo. The
 * spectrum of the envelope refines it, and the phase that collects most of the envelope gives the first beat.
 * Sources: Ellis 2007, "Beat tracking by dynamic programming"; Percival and Tzanetakis 2014.
 */
export async function findTempo(
  pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<FoundTempo | undefined> {
  const onsets = new OnsetEnvelope(gain);
  for await (const samples of pieces) onsets.push(samples);
  const envelope = aboveMean(onsets.finish());
  const strongest = envelope.reduce((a, b) => Math.max(a, b), 0);
  if (strongest === 0) return undefined;
  const rough = roughTempo(autocorrelation(envelope));
  if (rough === undefined) return undefined;
  const bpm = Math.round(1000 * refine(envelope, rough)) / 1000;
  const beat = 60 / bpm;
  const first = onsetTime(envelope.findIndex((value) => value >= firstShare * strongest));
  const phase = bestPhase(envelope, beat * envelopeRate) / envelopeRate + onsetTime(0);
  const offsetSec = phase + Math.ceil((first - tolerance - phase) / beat) * beat;
  return { bpm, offsetSec: Math.max(0, Math.round(1000 * offsetSec) / 1000) };
}

/** The part of the envelope above its local mean. */
function aboveMean(flux: Float64Array): Float64Array {
  const reach = Math.round(span * envelopeRate);
  const sums = [0];
  for (const value of flux) sums.push(sums.at(-1)! + value);
  return Float64Array.from(flux, (value, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(flux.length, i + reach + 1)];
    return Math.max(0, value - (sums[to]! - sums[from]!) / (to - from));
  });
}

/** Autocorrelation after subtraction of the mean, up to a lag of four of the slowest beats; 1 at lag 0. */
function autocorrelation(envelope: Float64Array): Float64Array {
  const mean = envelope.reduce((sum, v) => sum + v, 0) / envelope.length;
  const centred = envelope.map((v) => v - mean);
  const lags = Math.min(centred.length - 1, Math.ceil((4 * 60 * envelopeRate) / minBpm) + 1);
  const products = Float64Array.from({ length: Math.max(0, lags) + 1 }, (_, lag) => {
    let sum = 0;
    for (let i = lag; i < centred.length; i++) sum += centred[i]! * centred[i - lag]!;
    return sum / (centred.length - lag);
  });
  return products.map((sum) => (products[0]! > 0 ? sum / products[0]! : 0));
}

/** The tempo, beats per minute, whose multiples fit the autocorrelation best; undefined if none fits. */
function roughTempo(correlation: Float64Array): number | undefined {
  const comb = (lag: number, shift: number): number => {
    let [sum, total] = [0, 0];
    for (const [i, weight] of weights.entries()) {
      const at = (i + 1 - shift) * lag;
      // Short sounds have fewer than four beats.
      if (at > correlation.length - 2) break;
      sum += weight * nearPeak(correlation, at);
      total += weight;
    }
    return total > 0 ? sum / total : 0;
  };
  let [best, bestScore] = [undefined as number | undefined, 0];
  for (let bpm: number = minBpm; bpm <= maxBpm; bpm *= 1.0025) {
    const lag = (60 * envelopeRate) / bpm;
    const fit = comb(lag, 0);
    const prior = Math.exp(-0.5 * (Math.log2(bpm / usualBpm) / spread) ** 2);
    const off = Math.max(0, ...parts.map((part) => comb(lag, part)));
    const score = (fit - against * off) * prior;
    if (fit >= minFit && score > bestScore) [best, bestScore] = [bpm, score];
  }
  return best;
}

/** The value at a fractional lag of the correlation smoothed by a triangle, clamped to 1. */
function nearPeak(correlation: Float64Array, lag: number): number {
  const whole = Math.floor(lag);
  const share = lag - whole;
  const at = (i: number): number => correlation[i] ?? 0;
  const smooth = (i: number): number => at(i - 1) / 2 + at(i) + at(i + 1) / 2;
  return Math.min(1, smooth(whole) * (1 - share) + smooth(whole + 1) * share);
}

/** The tempo within 2 % of `rough` whose harmonics are strongest in the envelope's spectrum. */
function refine(envelope: Float64Array, rough: number): number {
  const seconds = envelope.length / envelopeRate;
  const around = rough / 60;
  // From one step to the next, the phase of the fourth harmonic at the end changes by a quarter turn.
  const step = 1 / (16 * seconds);
  const count = Math.ceil((0.02 * around) / step);
  const score = (hz: number): number => strength(envelope, (2 * Math.PI * hz) / envelopeRate);
  let [best, bestScore] = [0, -1];
  for (let i = -count; i <= count; i++) {
    const value = score(around + i * step);
    if (value > bestScore) [best, bestScore] = [i, value];
  }
  const [before, after] = [-1, 1].map((i) => score(around + (best + i) * step)) as [number, number];
  const curve = before - 2 * bestScore + after;
  const shift = curve < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curve))) : 0;
  return 60 * (around + (best + shift) * step);
}

/** Sum of the magnitudes of four harmonics; `angle` is the frequency of the first, radians per value. */
function strength(envelope: Float64Array, angle: number): number {
  let sum = 0;
  for (let harmonic = 1; harmonic <= weights.length; harmonic++) {
    const [stepRe, stepIm] = [Math.cos(harmonic * angle), Math.sin(harmonic * angle)];
    let [re, im, turnRe, turnIm] = [0, 0, 1, 0];
    for (let i = 0; i < envelope.length; i++) {
      const value = envelope[i]!;
      re += value * turnRe;
      im += value * turnIm;
      const next = turnRe * stepRe - turnIm * stepIm;
      turnIm = turnRe * stepIm + turnIm * stepRe;
      turnRe = next;
    }
    sum += Math.hypot(re, im);
  }
  return sum;
}

/** The phase, in values, within a period of `length` values at which onsets are strongest. */
function bestPhase(envelope: Float64Array, length: number): number {
  const bins = Math.max(1, Math.round(length));
  const folded = new Float64Array(bins);
  for (let i = 0; i < envelope.length; i++)
    folded[Math.floor(((i % length) / length) * bins) % bins]! += envelope[i]!;
  const at = (bin: number): number => folded[(bin + bins) % bins]!;
  const smooth = (bin: number): number => at(bin - 1) + 2 * at(bin) + at(bin + 1);
  let best = 0;
  for (let bin = 1; bin < bins; bin++) if (smooth(bin) > smooth(best)) best = bin;
  const [before, here, after] = [smooth(best - 1), smooth(best), smooth(best + 1)];
  const curve = before - 2 * here + after;
  const shift = curve < 0 ? (before - after) / (2 * curve) : 0;
  // The start of the bin, not its centre: a flux value is half a value later than its onset.
  return ((best + shift) / bins) * length;
}
