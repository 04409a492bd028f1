/**
 * A picture during processing: planar RGB float32, shape `[1, 3, height, width]`, display (sRGB) values 0..1. Frames are
 * never rounded to 8 bits between steps.
 */
export interface Frame {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** A black frame. */
export function createFrame(height: number, width: number): Frame {
  return { data: new Float32Array(3 * height * width), height, width };
}

/**
 * `a + (b − a) × amount` for each element, with `amount` 0..1 multiplied by the `share` `[height, width]` of each pixel if
 * given. For `amount` 0, and for 1 without shares, the result is the operand itself.
 */
export function mixFrames(a: Frame, b: Frame, amount: number, share?: Float32Array): Frame {
  if (amount === 0) return a;
  if (amount === 1 && !share) return b;
  const area = a.height * a.width;
  const data = new Float32Array(a.data.length);
  for (let i = 0; i < data.length; i++) {
    const x = a.data[i]!;
    data[i] = x + (b.data[i]! - x) * (share ? amount * share[i % area]! : amount);
  }
  return { data, height: a.height, width: a.width };
}
