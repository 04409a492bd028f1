import { latticeValue } from "../hash.ts";

/** Factor that gives a uniform number −1..1 unit variance. */
const unitSpread = Math.sqrt(3);

/**
 * White noise `[3, height, width]` with standard deviation `spread`, determined by `seed` and `frame`. Grain gives the
 * dream detail to work on where a zoom has made the picture flat.
 */
export function grain(
  seed: number,
  frame: number,
  height: number,
  width: number,
  spread: number,
): Float32Array {
  const values = new Float32Array(3 * height * width);
  let i = 0;
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        values[i++] = spread * unitSpread * latticeValue(x, y, 3 * frame + channel, seed);
  return values;
}
