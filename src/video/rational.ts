/** A frame rate as an exact fraction of frames per second. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/**
 * The fraction of a decimal frame rate, to 0.001: 23.976 and 23.98 are 24000/1001, 29.97 is 30000/1001. The caller checks
 * the range.
 */
export function toRational(fps: number): Rational {
  const nearest = Math.round(fps);
  if (Math.abs(fps - nearest) < 1e-6) return { num: nearest, den: 1 };
  const ntsc = (nearest * 1000) / 1001;
  if (Math.abs(fps - ntsc) < 0.006) return { num: nearest * 1000, den: 1001 };
  return reduce(Math.round(fps * 1000), 1000);
}

/** Parse `24000/1001`, `25` or `29.97`; undefined for `0/0` and other invalid text. */
export function parseRational(text: string): Rational | undefined {
  const [num, den = 1] = text.split("/").map(Number);
  if (!num || !den || !Number.isFinite(num / den)) return undefined;
  return den === 1 ? toRational(num) : reduce(num, den);
}

/** Frames per second as a number. */
export function toNumber({ num, den }: Rational): number {
  return num / den;
}

function reduce(num: number, den: number): Rational {
  let [a, b] = [num, den];
  while (b) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}
