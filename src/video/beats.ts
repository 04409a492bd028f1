import { sampleRate } from "./sound.ts";
import { forEachSpectrum } from "./spectrum.ts";

const size = 1024;
const hop = 256;
/** A beat is at least this long after the one before, s. */
const leastGap = 0.1;
/** Half the span whose mean flux a beat has to exceed, s. */
const span = 0.4;
/** Times the mean, and on top of it, in log magnitude per bin. */
const overMean = 1.8;
const above = 0.03;
/** A window notices a sound before its middle reaches it; s. */
const early = 0.4 * (size / sampleRate);

/**
 * Times in seconds at which something sets in: peaks of the spectral flux of log magnitudes over its local mean.
 * Source: Dixon 2006, "Onset detection revisited"; logarithm by Klapuri 1999.
 */
export function findBeats(samples: Float32Array): number[] {
  const flux: number[] = [];
  let previous = new Float64Array(size / 2);
  forEachSpectrum(samples, size, hop, (magnitudes) => {
    let rise = 0;
    const now = magnitudes.map((m) => Math.log1p(1000 * m));
    for (let k = 1; k < now.length; k++) rise += Math.max(0, now[k]! - previous[k]!);
    flux.push(rise / now.length);
    previous = now;
  });
  const reach = Math.round((span * sampleRate) / hop);
  const near = Math.round((leastGap * sampleRate) / hop / 2);
  const sums = [0];
  for (const value of flux) sums.push(sums.at(-1)! + value);
  const beats: number[] = [];
  for (let i = 0; i < flux.length; i++) {
    const [from, to] = [Math.max(0, i - reach), Math.min(flux.length, i + reach + 1)];
    const mean = (sums[to]! - sums[from]!) / (to - from);
    const value = flux[i]!;
    if (value < overMean * mean + above) continue;
    const around = flux.slice(Math.max(0, i - near), i + near + 1);
    if (value < Math.max(...around)) continue;
    const time = (i * hop) / sampleRate + early;
    if (time - (beats.at(-1) ?? -1) >= leastGap) beats.push(time);
  }
  return beats;
}
