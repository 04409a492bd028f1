/** Finds tempo and first beat of a sound. */
import { envelopeRate, OnsetEnvelope, onsetTime } from "./beats.ts";

export interface FoundTempo {
  /** Beats per minute, to a thousandth. */
  readonly bpm: number;
  /** The first beat, s, to a millisecond. */
  readonly offsetSec: number;
}

/** Slowest and fastest tempo, beats per minute. */
export const [minBpm, maxBpm] = [50, 210] as const;
/** Centre and width in octaves of the tempi that are preferred, if several fit equally. */
const [usualBpm, spread] = [120, 1.2];
/** Weights of one to four beats. */
const weights = [1, 1 / 2, 1 / 3, 1 / 4] as const;
/** Halves and thirds of a beat: what sets in there counts against a tempo by this share, as it may be a multiple. */
const [parts, against] = [[1 / 2, 1 / 3, 2 / 3], 0.5] as const;
/** Least autocorrelation, 0..1, of a sound with a beat. */
const least = 0.1;
/** Half the span whose mean is subtracted from the envelope, s. */
const span = 0.4;
/** The longest part to analyse, s. */
export const longestSec = 300;
/** Gain of the envelope: quieter sounds between beats count less than the beats. */
const gain = 2;
/** The first onset has at least this share of the strongest. */
const firstShare = 0.25;
/** The first beat may be this much before the first onset, s. */
const tolerance = 0.04;

/**
 * Tempo and first beat of a stream of mono samples at `sampleRate`; undefined without a steady beat. The autocorrelation of the onset
 * envelope selects the tempo by a comb of one to four beats and a log-normal prior; its spectrum refines the tempo, and
 * maximum alignment gives the phase. Source: Ellis 2007, "Beat tracking by dynamic
 * programming"; Percival and Tzanetakis 2014.
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

/** What exceeds the local mean. */
function aboveMean(flux: Float64Array): Float64Array {
  const reach = Math.round(span * envelopeRate);
  const sums = [0];
  for (const value of flux) sums.push(sums.at(-1)! + value);
  return Float64Array.from(flux, (value, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(flux.length, i + reach + 1)];
    return Math.max(0, value - (sums[to]! - sums[from]!) / (to - from));
  });
}

/** Autocorrelation, without the mean, up to four of the slowest beats; 1 at lag 0. */
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

/** The tempo whose multiples fit the autocorrelation best; undefined if none fits. */
function roughTempo(correlation: Float64Array): number | undefined {
  const comb = (lag: number, shift: number): number => {
    let [sum, total] = [0, 0];
    for (const [i, weight] of weights.entries()) {
      const at = (i + 1 - shift) * lag;
      // Short sounds hold fewer beats.
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
    if (fit >= least && score > bestScore) [best, bestScore] = [bpm, score];
  }
  return best;
}

/** The value at a fractional lag: the envelope is smoothed by a triangle two values wide. */
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
  // The fourth harmonic turns by a quarter between two steps.
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

/** Sum of the magnitudes of four harmonics; `angle`: of the first, radians per value. */
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

/** Where in a period of `length` values most sets in. */
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
  // A bin's values are half a value late in the middle.
  return ((best + shift) / bins) * length;
}
