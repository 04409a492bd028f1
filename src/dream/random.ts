/**
 * A seeded random generator, uniform in [0, 1). Each frame has a generator of its own (`seed`, `stream`), so that a render
 * can start at any frame. Source: mulberry32 (public domain).
 */
export function createRandom(seed: number, stream = 0): () => number {
  let state =
    (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((stream | 0) + 0x7f4a7c15, 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
