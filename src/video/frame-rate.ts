/** Determines a clip's frame rate from its pictures' times, independent of its header. */
import { type Rational, toNumber, toRational } from "./rational.ts";

/** Highest frame rate; high-speed cameras reach it. */
export const fastest = 1000;
export const defaultFps: Rational = { num: 25, den: 1 };

/** Common frame rates. */
const usual = [10, 12, 12.5, 15, 20, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 90, 100, 120];
/** Largest share of missing or extra frames in a clip with a constant rate. */
const minSteady = 0.1;

/**
 * The frame rate of pictures shown at `times` (s, in any order) over `durationSec`: the first of the header's `rates`
 * that the times support, else one that shows all closely spaced pictures. For two pictures or fewer, the header
 * decides.
 */
export function chooseRate(
  times: readonly number[],
  durationSec: number,
  rates: readonly Rational[],
): Rational {
  const shown = [...new Set(times)].sort((a, b) => a - b);
  if (shown.length < 3 || durationSec <= 0) return rates[0] ?? defaultFps;
  const supported = rates.filter((rate) => {
    const promised = durationSec * toNumber(rate);
    return Math.abs(shown.length - promised) <= Math.max(1, minSteady * promised);
  });
  const gaps = shown.slice(1).map((time, i) => time - shown[i]!);
  const isEven = isSteady(gaps);
  // The mean of uneven gaps is not a frame rate.
  const steady = supported.find((rate) => isEven || isUsual(rate));
  return steady ?? quickRate(gaps);
}

function isUsual(rate: Rational): boolean {
  return usual.some((known) => Math.abs(toNumber(rate) / toNumber(toRational(known)) - 1) < 1e-4);
}

/** Whether nearly all gaps are equal, up to the millisecond rounding of some containers. */
function isSteady(gaps: readonly number[]): boolean {
  const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  const off = gaps.filter((gap) => Math.abs(gap - mean) > Math.max(0.1 * mean, 0.0015)).length;
  return off <= minSteady * gaps.length;
}

/** One frame for each of the shorter gaps: a pause becomes repeated pictures, and a burst loses none. */
function quickRate(gaps: readonly number[]): Rational {
  const sorted = [...gaps].sort((a, b) => a - b);
  const short = sorted[Math.floor(0.1 * (sorted.length - 1))]!;
  // The mean of similar gaps cancels rounding.
  const alike = sorted.filter((gap) => gap >= 0.7 * short && gap <= 1.4 * short);
  const rate = alike.length / alike.reduce((a, b) => a + b, 0);
  const nearest = usual.reduce((a, b) => (Math.abs(b - rate) < Math.abs(a - rate) ? b : a));
  const wanted = Math.abs(nearest / rate - 1) < 0.04 ? nearest : rate;
  return toRational(Math.min(fastest, Math.max(1, wanted)));
}
