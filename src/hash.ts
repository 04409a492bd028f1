/** A pseudo-random number −1..1 from integers. It uses integer arithmetic only, so it is the same on every machine. */
export function latticeValue(x: number, y: number, octave: number, seed: number): number {
  let h =
    Math.imul(x, 0x27d4eb2d) ^
    Math.imul(y, 0x165667b1) ^
    Math.imul(octave + 1, 0x9e3779b1) ^
    Math.imul(seed, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2147483648 - 1;
}

/** Quintic step from 0 to 1 with zero slope at both ends; `t` is 0..1. Source: Perlin 2002, "Improving noise". */
export function smoothStep(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}
